/** Runs a TypeScript file of the repository: `node scripts/run.mjs drills/main.ts --kills 20`. */
import { fail, needBun, runInForeground, setUp } from "./setup.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) fail("Which file? For example: node scripts/run.mjs drills/main.ts");
setUp();
runInForeground(needBun(), ["--no-env-file", file, ...args]);
