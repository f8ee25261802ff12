import type { Page } from "@tipwire/client";
import type { Program } from "../../packages/server/test/program.ts";

/** A channel that hostile traffic is authorised for. */
export interface Target {
  readonly slug: string;
  readonly streamToken: string;
}

/** Who there is: somebody honest whose events must arrive, and people whose keys are good and whose traffic is not. */
export interface World {
  readonly port: number;
  readonly url: string;
  readonly administrator: string;
  /** The honest one's; nobody else's key reaches it. */
  readonly canary: Target;
  /** Reads, writes and controls `store` and `read`. */
  readonly key: string;
  /** Where hostile events are stored. */
  readonly store: Target;
  /** Of a fixed length, for those who read. */
  readonly read: Target;
  /** Administers `ruled` and nothing else, and may lose its own key by what it does. */
  ruler: string;
  readonly ruled: readonly Target[];
  readonly eventIds: readonly string[];
  readonly cursors: readonly string[];
}

export async function call<T>(url: string, key: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export async function createWorld({ port, key: administrator }: Program): Promise<World> {
  const url = `http://127.0.0.1:${port}`;
  const post = <T>(path: string, body: unknown) => call<T>(url, administrator, "POST", path, body);
  const channel = async (slug: string, account?: string) =>
    post<Target>("/v1/channels", { slug, ...(account && { account }) });
  for (const name of ["mallory", "ruler"]) await post("/v1/accounts", { name });
  const canary = await channel(`canary-${crypto.randomUUID()}`);
  const store = await channel("hostile-store", "mallory");
  const read = await channel("hostile-read", "mallory");
  const ruled = [await channel("ruled-one", "ruler"), await channel("ruled-two", "ruler")];
  const scopes = ["events:read", "events:write", "control"];
  const { key } = await post<{ key: string }>("/v1/keys", { name: "mallory", account: "mallory", scopes });
  for (let i = 0; i < 60; i++) {
    await call(url, key, "POST", `/v1/channels/${read.slug}/events`, {
      amount: "1.00",
      currency: "EUR",
      message: `${i}`,
    });
  }
  const { events } = await call<Page>(url, key, "GET", `/v1/channels/${read.slug}/events?limit=60`);
  const made = { port, url, administrator, canary, key, store, read, ruled };
  const eventIds = events.map(({ id }) => id);
  const cursors = events.map(({ cursor }) => cursor);
  return { ...made, ruler: await newRuler(url, administrator), eventIds, cursors };
}

export async function newRuler(url: string, administrator: string): Promise<string> {
  const scopes = ["admin", "events:read"];
  return (
    await call<{ key: string }>(url, administrator, "POST", "/v1/keys", { name: "ruler", account: "ruler", scopes })
  ).key;
}
