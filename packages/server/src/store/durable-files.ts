import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Directories that this system or this user cannot sync: their file system keeps names in its own way. */
const unsyncable: ReadonlySet<string> = new Set(["EACCES", "EBADF", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"]);

/**
 * Makes a directory, with those above it. A file's own sync does not keep the name of the directory in which it lies:
 * without this a power loss soon after the first start may leave no directory at all.
 */
export function makeDirectory(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: 0o700 }) ?? path;
  // Also where it was there already: an earlier start may have been cut off right after it made it.
  for (let made = resolve(path); made.length >= resolve(first).length && made !== dirname(made); made = dirname(made)) {
    syncDirectory(dirname(made));
  }
}

/** Replaces a file as a whole, readable by nobody but the user: after a power loss it is the old or the new one. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  chmodSync(draft, 0o600);
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

/** Keeps the names that are in a directory. */
export function syncDirectory(path: string): void {
  let directory: number | undefined;
  try {
    directory = openSync(path, "r");
    fsyncSync(directory);
  } catch (fault) {
    if (!unsyncable.has((fault as { code?: string }).code ?? "")) throw fault;
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}
