import type { World } from "../world.ts";
import type { HttpInput } from "./input.ts";

export type Headers = readonly (readonly [string, string])[];

/** A request as bytes. `key`: the one that it goes by, `null` for none. */
export function request(
  method: string,
  path: string,
  key: string | null,
  body?: string | Uint8Array,
  headers: Headers = [],
): Buffer {
  const authorization: Headers = key === null ? [] : [["Authorization", `Bearer ${key}`]];
  const all: Headers = [["Host", "localhost"], ...authorization, ...headers];
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = bytes === undefined ? "" : `Content-Length: ${bytes.length}\r\n`;
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}${length}\r\n`, "latin1");
  return bytes === undefined ? head : Buffer.concat([head, bytes]);
}

/** Answered by the product itself, never by the parser before it. */
export function ours(bytes: Buffer): HttpInput {
  return { via: "http", bytes, answers: "ours" };
}

/** May not even be HTTP. */
export function raw(bytes: Buffer): HttpInput {
  return { via: "http", bytes, answers: "raw" };
}

/** Where a channel's events are. */
export function events(world: World, slug = world.store.slug): string {
  return `/v1/channels/${slug}/events`;
}
