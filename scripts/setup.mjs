/** What `npm start`, `npm test` and `npm run …` share: plain Node 20, nothing installed yet. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the program with one plain sentence. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

export function checkNode() {
  if (Number(process.versions.node.split(".")[0]) >= 20) return;
  fail(`Tipwire needs Node 20 or newer; this is Node ${process.versions.node}. Newer ones: https://nodejs.org`);
}

/** The Bun that npm brought for this machine, or undefined. */
export function findBun() {
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const packages = join(root, "node_modules", "@oven");
  if (!existsSync(packages)) return undefined;
  const system = process.platform === "win32" ? "windows" : process.platform;
  const prefix = `bun-${system}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
  const bun = readdirSync(packages)
    .filter((folder) => folder === prefix || folder.startsWith(`${prefix}-`))
    .map((folder) => join(packages, folder, "bin", name))
    .find((path) => existsSync(path));
  if (bun !== undefined) makeExecutable(bun);
  return bun;
}

/** Brings node_modules up to what package-lock.json says; when it is already, this takes a few milliseconds. */
export function ensureInstalled() {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const stampFile = join(root, "node_modules", ".tipwire-stamp");
  const stamp = `${digest([lockText])} ${process.platform} ${process.arch}\n`;
  if (readIfThere(stampFile) === stamp) return;
  if (!isInstalled(JSON.parse(lockText))) install();
  writeFileSync(stampFile, stamp);
}

/** Builds the web pages if they, or what they import, changed since the last build. */
export function ensureWeb() {
  const web = join(root, "packages", "web");
  if (!existsSync(join(web, "build.ts"))) return;
  const sources = [...filesUnder(web), ...filesUnder(join(root, "packages", "client", "src"))].sort();
  const stamp = digest(sources.flatMap((path) => [path.slice(root.length), readFileSync(path)]));
  const stampFile = join(web, "dist", ".stamp");
  if (readIfThere(stampFile) === stamp) return;
  rmSync(stampFile, { force: true });
  const built = spawnSync(needBun(), ["--no-env-file", join(web, "build.ts")], { cwd: root, encoding: "utf8" });
  if (built.status !== 0) fail(`The web pages could not be built.\n${built.stderr}${built.stdout}`);
  writeFileSync(stampFile, stamp);
}

export function needBun() {
  const bun = findBun();
  if (bun !== undefined) return bun;
  return fail(
    `There is no Bun for this machine (${process.platform} ${process.arch}) in node_modules; ` +
      "if npm was told to leave out optional packages, allow them and run: npm ci",
  );
}

export function setUp() {
  checkNode();
  ensureHome();
  ensureInstalled();
  ensureWeb();
}

/** npm and Chromium write to the home directory, which some build machines leave unset. */
function ensureHome() {
  if (process.platform === "win32" || process.env.HOME) return;
  const home = userInfo().homedir;
  process.env.HOME = home && existsSync(home) ? home : tmpdir();
}

function install() {
  console.log("Installing (first start only)…");
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const complete = ["--include=dev", "--include=optional"];
  const soonTired = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
  const cli = process.env.npm_execpath;
  const npm = cli?.endsWith(".js") ? [process.execPath, cli] : ["npm"];
  const done = spawnSync(npm[0], [...npm.slice(1), "ci", ...quiet, ...complete, ...soonTired], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    shell: npm.length === 1 && process.platform === "win32",
  });
  if (done.status === 0) return;
  const reason = done.error?.message ?? `${done.stderr}`.trim().split("\n").slice(0, 10).join("\n");
  fail(`npm could not install what Tipwire needs; it needs the network for that once. What it says:\n${reason}`);
}

/** Whether npm's own record of node_modules says the same as the lock file, packages for other machines left out. */
function isInstalled(lock) {
  const text = readIfThere(join(root, "node_modules", ".package-lock.json"));
  if (text === undefined) return false;
  const wanted = lock.packages;
  const present = JSON.parse(text).packages;
  const sameVersions = Object.keys(present).every((path) => present[path].version === wanted[path]?.version);
  const nothingMissing = Object.keys(wanted).every((path) => path === "" || path in present || wanted[path].optional);
  return sameVersions && nothingMissing && findBun() !== undefined;
}

/** Runs a program in the foreground and ends with its exit code; Ctrl-C reaches it from the terminal. */
export function runInForeground(command, args) {
  const child = spawn(command, args, { stdio: "inherit", cwd: root });
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY;
  process.on("SIGINT", () => atTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => fail(`${command} could not be started: ${error.message}`));
  child.on("exit", (code) => process.exit(code ?? 1));
}

/** npm unpacks programs as executable; an archive or a copy through another file system may have lost that. */
function makeExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.includes(`${sep}dist${sep}`) && !path.includes(`${sep}node_modules${sep}`));
}

function digest(parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
