import { join } from "node:path";

export const sources = join(import.meta.dir, "../src/main.ts");

/** What tests and drills run: the sources, or what `npm test` bundled them to, which starts in a third of the processor time. */
export const programFile = process.env["TIPWIRE_TESTED_PROGRAM"] ?? sources;
