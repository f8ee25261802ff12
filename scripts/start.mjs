import { needBun, runInForeground, setUp } from "./setup.mjs";

setUp();
runInForeground(needBun(), ["--no-env-file", "packages/server/src/main.ts", "serve", ...process.argv.slice(2)]);
