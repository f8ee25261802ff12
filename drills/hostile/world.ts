import type { Page } from "@tipwire/client";
import type { Program } from "../../packages/server/test/program.ts";
import { call } from "./call.ts";
import { type Connected, createConnected } from "./connected.ts";
import { createGranted, type Granted, refill } from "./granted.ts";
import { createStaged, type Staged } from "./staged.ts";
import { Stock } from "./stock.ts";

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
  /** Keys of the ruler's that may be revoked, each once. */
  readonly spareKeys: Stock<string>;
  readonly ruled: readonly Target[];
  readonly eventIds: readonly string[];
  readonly cursors: readonly string[];
  /** An application of the ruler's. */
  readonly ruledApplication: string;
  /** Of the ruler's channels. */
  readonly connected: Connected;
  readonly staged: Staged;
  /** In `store`, in `read`, and in a channel of its own. */
  readonly granted: Granted;
}

/** `lanes`: how many act at the same time. */
export async function createWorld({ port, key: administrator }: Program, lanes: number): Promise<World> {
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
  const { clientId } = await post<{ clientId: string }>("/v1/applications", {
    name: "Ruled",
    account: "ruler",
    redirectUris: ["https://ruled.example/"],
  });
  const level = 2 * lanes;
  const ruledSlugs = ruled.map(({ slug }) => slug);
  const connected = await createConnected(url, administrator, ruledSlugs, level);
  const stages = {
    slug: (await channel("ruled-stage", "ruler")).slug,
    renewing: (await channel("ruled-renewing", "ruler")).slug,
    doomed: (await channel("ruled-doomed", "ruler")).slug,
  };
  const staged = await createStaged(url, administrator, stages, level);
  const consenting = await channel("hostile-consent", "mallory");
  const channels = { consenting: consenting.slug, read: read.slug, written: store.slug };
  const granted = await createGranted(url, administrator, "mallory", channels, level);
  const made = { port, url, administrator, canary, key, store, read, ruled };
  const eventIds = events.map(({ id }) => id);
  const cursors = events.map(({ cursor }) => cursor);
  const ruler = await newRuler(url, administrator);
  const spareKeys = new Stock(async () => String((await newKey(url, administrator)).id), level);
  return { ...made, ruler, spareKeys, eventIds, cursors, ruledApplication: clientId, connected, staged, granted };
}

/** A key that administers what is ruled. */
export async function newRuler(url: string, administrator: string): Promise<string> {
  return (await newKey(url, administrator)).key;
}

function newKey(url: string, administrator: string): Promise<{ readonly id: number; readonly key: string }> {
  const scopes = ["admin", "control", "events:read"];
  return call(url, administrator, "POST", "/v1/keys", { name: "ruler", account: "ruler", scopes });
}

/** Refills whatever works once and runs low. */
export async function restock({ granted, connected, staged, spareKeys }: World): Promise<void> {
  const stocks = [spareKeys, connected.spare, staged.spare, staged.spareKeys, staged.spareStages];
  await Promise.all([refill(granted), ...stocks.map((stock) => stock.fill())]);
}
