import { Database } from "bun:sqlite";

/**
 * Takes a lock file for this process: returns how to let go of it, `undefined` when another process holds it.
 * The lock is the operating system's, so it ends with the process however that ends.
 */
export function lockFile(path: string): (() => void) | undefined {
  const lock = new Database(path, { create: true, readwrite: true });
  try {
    lock.run("BEGIN EXCLUSIVE");
    return () => lock.close();
  } catch (fault) {
    lock.close();
    if ((fault as { code?: string }).code === "SQLITE_BUSY") return undefined;
    throw fault;
  }
}
