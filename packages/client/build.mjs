/** Builds what is published: plain JavaScript with its types, in `dist`, as a package of its own (`npm publish ./dist`). */
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "dist"));
const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

rmSync(out, { recursive: true, force: true });
const built = spawnSync(process.execPath, [compiler, "-p", join(here, "tsconfig.build.json"), "--outDir", out], {
  stdio: "inherit",
});
if (built.status !== 0) process.exit(1);

const { private: _, scripts, ...facts } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const published = { ...facts, exports: { ".": { types: "./index.d.ts", default: "./index.js" } } };
writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
copyFileSync(join(here, "README.md"), join(out, "README.md"));
