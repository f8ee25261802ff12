#!/usr/bin/env node
/** `npx tipwire …`: finds the Bun that npm brought and runs the command line on it. Plain Node, nothing imported but Node's own. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(realpathSync(fileURLToPath(import.meta.url)));
const program = process.platform === "win32" ? "bun.exe" : "bun";

/** The packages that can run here, the likelier ones first: a C library decides between two on Linux. */
function packageNames() {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `bun-${system}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
  const musl = process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
  return musl ? [`${name}-musl`, name] : [name, `${name}-musl`];
}

function bunIn(folder) {
  const scope = join(folder, "node_modules", "@oven");
  const present = existsSync(scope) ? readdirSync(scope) : [];
  const found = packageNames()
    .filter((name) => present.includes(name))
    .map((name) => join(scope, name, "bin", program))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  return dirname(folder) === folder ? undefined : bunIn(dirname(folder));
}

function bunOnPath() {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0 ? program : undefined;
}

const bun = bunIn(here) ?? bunOnPath();
if (bun === undefined) {
  console.error("Tipwire runs on Bun, which npm install brings along, and it is not here: run npm install first.");
  process.exit(1);
}

const main = join(here, "..", "src", "main.ts");
const child = spawn(bun, ["--no-env-file", main, ...process.argv.slice(2)], { stdio: "inherit" });

// At a terminal Ctrl-C reaches the child by itself; a second one would cut its ending short.
const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
process.on("SIGINT", () => atTerminal || child.kill("SIGINT"));
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));

child.on("error", (error) => {
  console.error(`${bun} could not be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
