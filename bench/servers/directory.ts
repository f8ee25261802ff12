import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory for one process; `remove` takes it away with what is in it. */
export function scratchDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "tipwire-bench-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
