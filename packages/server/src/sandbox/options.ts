import { FlagUnknown, SettingInvalid, settings } from "../config.ts";
import { type FaultName, type Faults, faultFlags, faultKinds, faultsBody, flagOf } from "./faults.ts";
import { slugOf, type WorldPlan } from "./world.ts";

export interface SandboxOptions extends WorldPlan {
  readonly faults: Partial<Faults>;
  readonly json: boolean;
  /** For the server that the sandbox runs on. */
  readonly serverFlags: readonly string[];
}

/** Where a Tipwire on this machine takes the browser back, as the guide has it. */
const usualRedirectUri = "http://localhost:8000/api/auth/donationalerts/callback";

/** One beside the usual port of Tipwire itself. */
const usualPort = "8100";

/** Flags of `serve` that would make a sandbox something else than a sandbox. */
const notHere: ReadonlySet<string> = new Set(["data-dir", "database-url", "listen-url", "trusted-proxies"]);

const known: ReadonlySet<string> = new Set([
  ...["json", "creator", "redirect-uri"],
  ...faultFlags.keys(),
  ...Object.values(settings)
    .map(({ flag }) => flag)
    .filter((flag) => !notHere.has(flag)),
]);

/** Reads the flags of `tipwire sandbox`. Throws `SettingInvalid`, `FlagUnknown`. */
export function readSandboxOptions(flags: readonly string[]): SandboxOptions {
  const creators: string[] = [];
  const redirectUris: string[] = [];
  const faults: Partial<Record<FaultName, number>> = {};
  const serverFlags: string[] = [];
  let json = false;
  for (let i = 0; i < flags.length; i++) {
    const [name = "", ...inline] = (flags[i] ?? "").replace(/^--/, "").split("=");
    if (name === "json") {
      json = true;
      continue;
    }
    if (!flags[i]?.startsWith("--") || !known.has(name)) throw new FlagUnknown(`There is no ${flags[i]} for sandbox.`);
    const value = inline.length > 0 ? inline.join("=") : flags[++i];
    if (value === undefined) throw new SettingInvalid(`--${name} needs a value.`);
    const fault = faultFlags.get(name);
    if (name === "creator") creators.push(creatorOf(value));
    else if (name === "redirect-uri") redirectUris.push(value);
    else if (fault !== undefined) faults[fault] = faultOf(fault, value);
    else serverFlags.push(`--${name}`, value);
  }
  if (!serverFlags.includes("--port")) serverFlags.push("--port", usualPort);
  return {
    creators: creators.length > 0 ? creators : ["Ana", "Boris"],
    redirectUris: redirectUris.length > 0 ? redirectUris : [usualRedirectUri],
    faults,
    json,
    serverFlags,
  };
}

function creatorOf(name: string): string {
  if (slugOf(name) !== "" && !["admin", "main"].includes(slugOf(name))) return name;
  throw new SettingInvalid(
    `--creator must have a letter from a to z or a digit, and be neither admin nor main, not "${name}".`,
  );
}

function faultOf(name: FaultName, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (faultsBody.safeParse({ [name]: value }).success) return value;
  const { least, most, unit } = faultKinds[name];
  throw new SettingInvalid(
    `--${flagOf(name)} must be ${unit === "part" ? "a number" : "a whole number"} from ${least} to ${most}, not "${text}".`,
  );
}

/** The flags as `--help` prints them. */
export function sandboxHelp(): string {
  const lines = [
    "  --creator NAME …\n      Somebody who is given money there; usually Ana and Boris.",
    `  --redirect-uri URI …\n      Where the application may send people back to; usually ${usualRedirectUri}.`,
    "  --json\n      What to put where as one JSON object.",
    `  --port N and other flags of serve\n      The port is usually ${usualPort}.`,
  ];
  for (const [flag, name] of faultFlags) {
    const { help, least, most, usual } = faultKinds[name];
    lines.push(`  --${flag} N\n      ${help} From ${least} to ${most}; usually ${usual}.`);
  }
  return lines.join("\n");
}
