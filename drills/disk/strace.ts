import { spawnSync } from "node:child_process";

/** The drill needs something that this machine does not have; the message says to a person what. It proves nothing then. */
export class CannotRunHere extends Error {}

export interface Trace {
  /** Names of system calls. One that this processor does not have is left out. */
  readonly calls: readonly string[];
  /** Only calls on these files, by path or by descriptor. Without it all. */
  readonly paths?: readonly string[];
  /** What a call is to fail with: `fsync:error=EIO:when=3`. */
  readonly faults?: readonly string[];
  /** Where the calls are written to, one a line, in the order in which they happened. */
  readonly output: string;
}

/** The beginning of a command line that runs the rest of it under `strace`. */
export function underStrace({ calls, paths = [], faults = [], output }: Trace): readonly string[] {
  const trace = calls.map((call) => `?${call}`).join(",");
  return [
    "strace",
    ...["-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "4000000", "-o", output],
    ...["-e", `trace=${trace}`, "-e", "signal=none"],
    ...paths.flatMap((path) => ["-P", path]),
    ...faults.flatMap((fault) => ["-e", `inject=${fault}`]),
    "--",
  ];
}

/** Throws `CannotRunHere` with what would help. */
export function needStrace(): void {
  if (process.platform !== "linux") throw new CannotRunHere("strace, which this drill needs, is on Linux only");
  const version = spawnSync("strace", ["--version"], { encoding: "utf8" });
  if (version.status !== 0) throw new CannotRunHere("strace is not installed (Debian: apt-get install strace)");
  const [command = "", ...args] = underStrace({ calls: ["openat"], output: "/dev/null" });
  const tried = spawnSync(command, [...args, "true"], { encoding: "utf8" });
  if (tried.status === 0) return;
  const said = tried.stderr.trim().split("\n").at(-1) ?? "";
  throw new CannotRunHere(`strace may not trace another process here (${said})`);
}
