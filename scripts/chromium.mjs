/** Debian's Chromium for the tests that look at pages: found, or installed where that is allowed. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, root } from "./setup.mjs";

/** `{path}`, or `{advice}` where it is missing and this user may not install it. */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return { path: found };
  const apt = aptGet();
  if (apt === undefined) {
    return { advice: "install Chromium (Debian: apt-get install chromium) or set TIPWIRE_CHROMIUM to its program." };
  }
  console.log("Installing Chromium (first run only)…");
  run(apt, ["update"]);
  run(apt, ["install", "-y", "--no-install-recommends", "chromium"]);
  return { path: findChromium() ?? fail("apt-get installed Chromium, but it is not where it was expected.") };
}

function findChromium() {
  if (process.env.TIPWIRE_CHROMIUM) return process.env.TIPWIRE_CHROMIUM;
  const known = JSON.parse(readFileSync(join(root, "scripts", "chromium-paths.json"), "utf8"));
  return known.find((path) => existsSync(path));
}

/** The command line's beginning that may install packages. */
function aptGet() {
  if (process.platform !== "linux" || !works("apt-get", ["--version"])) return undefined;
  if (process.getuid() === 0) return ["apt-get"];
  return works("sudo", ["-n", "true"]) ? ["sudo", "-n", "apt-get"] : undefined;
}

function works(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function run([command, ...first], args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done = spawnSync(command, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", env });
  if (done.status === 0) return;
  const lastLines = `${done.stdout}${done.stderr}`.trim().split("\n").slice(-8).join("\n");
  fail(`Chromium, which the tests of the pages need, could not be installed. Its last lines:\n${lastLines}`);
}
