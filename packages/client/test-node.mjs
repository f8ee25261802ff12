/** Runs the same tests on Node: Bun bundles each one into plain JavaScript, `node --test` runs them. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, ".cache", "test-node");

function findBun(from) {
  const scope = join(from, "node_modules", "@oven");
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    for (const file of ["bun", "bun.exe"]) {
      const bun = join(scope, name, "bin", file);
      if (existsSync(bun) && spawnSync(bun, ["--version"]).status === 0) return bun;
    }
  }
  if (dirname(from) === from) throw new Error("No Bun in node_modules/@oven: run npm install.");
  return findBun(dirname(from));
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(out, { recursive: true, force: true });
const tests = readdirSync(join(here, "src")).filter((name) => name.endsWith(".test.ts"));
run(findBun(here), [
  "build",
  "--target=node",
  "--external=ws",
  "--entry-naming=[name].mjs",
  `--outdir=${out}`,
  ...tests.map((name) => join("src", name)),
]);
// The same minute for each as a hung one would otherwise take for ever.
run(process.execPath, [
  "--test",
  "--test-timeout=60000",
  ...tests.map((name) => join(out, name.replace(/ts$/, "mjs"))),
]);
