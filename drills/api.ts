import type { Page, TipwireEvent } from "@tipwire/client";
import type { LoggedRecord } from "./verdict.ts";

export interface DrillChannel {
  readonly slug: string;
  readonly streamToken: string;
}

/** Requests that are open at once; Bun's `fetch` has room for 256. */
const requestsAtOnce = 64;

/** What drills ask of a server's API, as its administrator. Throws what was answered when that is no success. */
export class DrillApi {
  readonly #server: { readonly url: string; readonly key: string };

  /** `server` may come back with another address or key. */
  constructor(server: { readonly url: string; readonly key: string }) {
    this.#server = server;
  }

  /** `drill-0`, `drill-1` … */
  async createChannels(count: number): Promise<readonly DrillChannel[]> {
    return await eachOf(
      Array.from({ length: count }, (_, i) => i),
      async (i) => (await this.ask("POST", "/v1/channels", { slug: `drill-${i}` })) as DrillChannel,
    );
  }

  /** Stores one; gives its cursor. */
  async send(slug: string, name: string, message = name): Promise<string> {
    const body = { externalId: name, message, name: "Ana", amount: "5.00", currency: "USD" };
    return ((await this.ask("POST", `/v1/channels/${slug}/events`, body)) as { cursor: string }).cursor;
  }

  /** The whole logs. */
  async logs(slugs: readonly string[]): Promise<readonly (readonly LoggedRecord[])[]> {
    return await eachOf(slugs, (slug) => this.#log(slug));
  }

  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const { url, key } = this.#server;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
    return await response.json();
  }

  /** Everything in the log. */
  async events(slug: string): Promise<readonly TipwireEvent[]> {
    const log: TipwireEvent[] = [];
    for (let after = "oldest"; ; ) {
      const page = (await this.ask("GET", `/v1/channels/${slug}/events?after=${after}&limit=500`)) as Page;
      log.push(...page.events);
      if (page.events.length < 500) return log;
      after = page.cursor;
    }
  }

  async #log(slug: string): Promise<readonly LoggedRecord[]> {
    return (await this.events(slug)).map(({ externalId, cursor }) => ({ name: externalId, cursor }));
  }
}

/** What `work` gives for each, in their order, so many at a time. */
export async function eachOf<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const hand = async () => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i] as T);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, hand));
  return results;
}
