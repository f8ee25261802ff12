import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { parseEnv } from "node:util";
import { version } from "../package.json";
import { FlagUnknown, readConfig, SettingInvalid, settingsHelp, userDataDir } from "./config.ts";
import { systemClock } from "./core/clock.ts";
import { startLogging } from "./logging.ts";
import { CannotStart, serve } from "./serve.ts";
import { welcome } from "./welcome.ts";

const { argv, env, stdout, stderr } = process;
// What is kept here is nobody else's to read.
process.umask(0o077);
const [command = "--help", ...rest] = argv.slice(2);
process.exitCode = await run(command, rest).catch(failed);

/** The exit code: 0, 1 when it failed, 2 for wrong use. */
async function run(command: string, args: readonly string[]): Promise<number> {
  if (command === "--version" || command === "-v") return say(version);
  if (command === "--help" || command === "-h" || command === "help") return say(await help());
  if (command === "sandbox") return args.includes("--help") ? say(await sandboxUsage()) : sandboxUntilStopped(args);
  if (command === "serve") return args.includes("--help") ? say(serveHelp()) : serveUntilStopped(args);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  // Loaded when needed only: the server starts without it.
  const cli = await import("./cli/index.ts");
  const { dataDir } = config([]);
  const context = {
    dataDir,
    env,
    stdout,
    stderr,
    signal: stop.signal,
    now: Date.now,
    readSecret: (prompt: string) => cli.readSecret(process.stdin, stderr, prompt),
    readLine: (prompt: string) => cli.readLine(process.stdin, stderr, prompt),
  };
  // `tipwire export main | head`: who reads no more has what they wanted.
  stdout.on("error", (fault: { code?: string }) => process.exit(fault.code === "EPIPE" ? 0 : 1));
  const code = await cli.runCommand([command, ...args], context);
  if (code !== undefined) return code;
  stderr.write(`There is no command ${command}. tipwire --help lists them.\n`);
  return 2;
}

function config(flags: readonly string[]) {
  const at = flags.indexOf("--config");
  const named = at >= 0 ? flags[at + 1] : env["TIPWIRE_CONFIG"];
  if (named !== undefined && !existsSync(named)) throw new SettingInvalid(`There is no settings file ${named}.`);
  const path = named ?? ".env";
  const file = existsSync(path) ? { path, values: parseEnv(readFileSync(path, "utf8")) } : undefined;
  const others = at >= 0 ? flags.toSpliced(at, 2) : flags;
  const usualDataDir = userDataDir(env, process.platform, homedir());
  return readConfig({ flags: others, env, usualDataDir, ...(file && { file }) });
}

async function serveUntilStopped(flags: readonly string[]): Promise<number> {
  const settings = config(flags);
  const format = settings.log === "auto" ? (stderr.isTTY ? "text" : "json") : settings.log;
  const note = startLogging({ format, level: settings.logLevel, write: (line) => stderr.write(line) });
  process.on("unhandledRejection", (fault) => note("error", "a promise was left to itself", {}, fault));
  const stopped = untilStopped();
  const serving = await serve({ config: settings, clock: systemClock, pid: process.pid, note, broken });
  if (format === "json") note("info", "listening", { url: serving.app.url, version });
  stdout.write(welcome(serving, settings.dataDir, stdout.isTTY === true && !env["NO_COLOR"]));
  await stopped;
  if (format === "json") note("info", "stopping");
  stdout.write("\nStopping: clients are told to come back.\n");
  await serving.stop();
  stdout.write("Stopped. Everything that was accepted is stored.\n");
  return 0;
}

/** The outside world for a Tipwire beside it; everything in it goes when it stops. */
async function sandboxUntilStopped(flags: readonly string[]): Promise<number> {
  const { readSandboxOptions, sandboxWelcome, startSandbox } = await import("./sandbox.ts");
  const options = readSandboxOptions(flags);
  const note = startLogging({ format: "text", level: "error", write: (line) => stderr.write(line) });
  const stopped = untilStopped();
  const parts = { options, clock: systemClock, random: Math.random, pid: process.pid, note, broken };
  const sandbox = await startSandbox(parts);
  const { guide } = sandbox.world;
  const colours = stdout.isTTY === true && !env["NO_COLOR"];
  stdout.write(options.json ? `${JSON.stringify(guide)}\n` : sandboxWelcome(guide, colours));
  await stopped;
  await sandbox.stop();
  return 0;
}

/** Resolves when the process is asked to end. Before anything is said: who has read that it listens may send a signal. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    // Stopping takes less than two seconds; whoever presses Ctrl-C again meanwhile need not cut it short.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}

function broken(reason: string): never {
  stderr.write(
    `The disk failed to keep what was written: ${reason}. Tipwire stops, since nothing that it would read\nnow is sure. What was acknowledged before is stored. Look at the disk, then start again.\n`,
  );
  process.exit(1);
}

function say(text: string): number {
  stdout.write(`${text}\n`);
  return 0;
}

function failed(fault: unknown): number {
  if (fault instanceof FlagUnknown) {
    stderr.write(`${fault.message} tipwire ${command} --help lists its flags.\n`);
    return 2;
  }
  const expected = fault instanceof CannotStart || fault instanceof SettingInvalid;
  stderr.write(`${expected ? fault.message : fault instanceof Error ? fault.stack : String(fault)}\n`);
  return 1;
}

async function help(): Promise<string> {
  const { commandHelp } = await import("./cli/index.ts");
  const commands = [
    { usage: "serve [--port N] …", summary: "Start the server." },
    ...commandHelp,
    { usage: "sandbox …", summary: "Start pretended platforms to try everything with." },
  ];
  const width = Math.max(...commands.map(({ usage }) => Math.min(usage.length, 44)));
  const lines = commands.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`);
  return `Tipwire ${version}: donations, stored once, on every screen and in every program.\n\n${lines.join("\n")}\n\nEvery command explains itself: tipwire COMMAND --help`;
}

async function sandboxUsage(): Promise<string> {
  const { sandboxHelp } = await import("./sandbox.ts");
  return `tipwire sandbox [flags]\n\nPlays DonationAlerts, Pally and Tuniform for a Tipwire beside it: with creators, a page to donate on, and switches\nto misbehave. Everything in it goes when it stops.\n\n${sandboxHelp()}`;
}

function serveHelp(): string {
  return `tipwire serve [flags]\n\nStarts the server. A setting comes from its flag, else from the environment,\nelse from the file .env here (or --config FILE), else it is what is usual.\n\n  --config FILE (TIPWIRE_CONFIG)\n      A file of lines NAME=value.\n${settingsHelp()}`;
}
