/** Debian's packages for what the tests need and npm does not have. */
import { spawnSync } from "node:child_process";
import { fail } from "./setup.mjs";

/** Installs a package, which `what` needs; `false` where this user may not install any. */
export function installPackage(name, what) {
  const apt = aptGet();
  if (apt === undefined) return false;
  console.log(`Installing ${name} (first run only)…`);
  run(apt, ["update"], name, what);
  run(apt, ["install", "-y", "--no-install-recommends", name], name, what);
  return true;
}

/** The command line's beginning that may install packages. */
function aptGet() {
  if (process.platform !== "linux" || !works("apt-get", ["--version"])) return undefined;
  if (process.getuid() === 0) return ["apt-get"];
  return works("sudo", ["-n", "true"]) ? ["sudo", "-n", "apt-get"] : undefined;
}

/** Whether a command can be run and says so. */
export function works(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function run([command, ...first], args, name, what) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done = spawnSync(command, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8", env });
  if (done.status === 0) return;
  const lastLines = `${done.stdout}${done.stderr}`.trim().split("\n").slice(-8).join("\n");
  fail(`${name}, which ${what} needs, could not be installed. Its last lines:\n${lastLines}`);
}
