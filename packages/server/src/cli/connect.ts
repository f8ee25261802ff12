import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TipwireApi } from "@tipwire/client";
import type { CliContext } from "./context.ts";
import { Failed } from "./faults.ts";

export interface Address {
  readonly url: string;
  readonly key: string;
}

/** The server that commands talk to: `TIPWIRE_URL` and `TIPWIRE_KEY`, else the one that runs on this data directory. */
export function findServer({ dataDir, env }: CliContext): Address {
  const url = env["TIPWIRE_URL"];
  const key = env["TIPWIRE_KEY"];
  if (url && key) return { url: checked(url), key };
  // The local administrator's key is for the local server only.
  if (url) throw new Failed("key_missing", "TIPWIRE_URL is set, but TIPWIRE_KEY is not: which key may be used there?");
  const running = readRunning(dataDir);
  if (running !== undefined) return { url: running.url, key: key || running.key };
  throw new Failed(
    "not_running",
    `Tipwire is not running here (no server.json in ${dataDir}). Start it with npm start, or set TIPWIRE_URL and TIPWIRE_KEY.`,
  );
}

export function connect(context: CliContext): TipwireApi {
  return new TipwireApi({ ...findServer(context), signal: context.signal });
}

function readRunning(dataDir: string): Address | undefined {
  const path = join(dataDir, "server.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (fault) {
    if ((fault as { code?: string }).code === "ENOENT") return undefined;
    throw new Failed("not_readable", `${path} cannot be read: it belongs to the user who runs Tipwire.`);
  }
  try {
    const { url, key } = JSON.parse(text) as Address;
    if (typeof url === "string" && typeof key === "string") return { url, key };
  } catch {
    // Half written: the server is just starting.
  }
  throw new Failed("not_readable", `${path} is not what a running Tipwire writes. Restart it.`);
}

function checked(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new Failed("url_invalid", `TIPWIRE_URL must be an http or https address, not "${url}".`);
}
