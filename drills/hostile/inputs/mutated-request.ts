import type { Random } from "../../../packages/server/test/random.ts";
import { anyValue, mutateText, pick, word } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Headers } from "./request.ts";

export type Pairs = readonly (readonly [string, string])[];

const badEscapes = ["%", "%f", "%ff", "%zz", "%c3", "%c0%80", "%ed%a0%80", "%00", "%2f", "%u0041"];

/** Text for a place in an address: escaped, mostly as it should be. */
export function inAddress(random: Random, text: string): string {
  if (random.chance(0.8)) return encodeURIComponent(text.toWellFormed()).slice(0, 3000);
  if (random.chance(0.3)) return encodeURIComponent(text.toWellFormed()).slice(0, 100) + pick(random, badEscapes);
  return text
    .replaceAll(/[^!-~]/g, "")
    .replaceAll(/[#?]/g, "")
    .slice(0, 3000);
}

/** A value that a header can hold, mostly. */
export function headerText(random: Random): string {
  return word(random)
    .replaceAll(/[\r\n\0]/g, random.chance(0.9) ? "" : "\0")
    .slice(0, 6000);
}

/** Headers that clients send, one or two of them not as they should be. */
export function mutatedHeaders(random: Random, world: World): Headers {
  const usual: [string, string][] = [
    ["Content-Type", "application/json"],
    ["Idempotency-Key", "once"],
    ["Accept", "application/json"],
    ["Accept-Encoding", "gzip"],
    ["Last-Event-ID", pick(random, world.cursors)],
    ["Origin", "https://elsewhere.example"],
    ["Cookie", "session=1"],
    ["X-Forwarded-For", "192.0.2.7"],
    ["Authorization", "Bearer x"],
  ];
  const headers = usual.filter(() => random.chance(0.5));
  for (let i = 1 + random.below(2); i > 0; i--) {
    const at = random.below(headers.length + 1);
    const [name, value] = headers[at] ?? ["X-Extra", "1"];
    const mutated: [string, string][] = [
      [name, headerText(random)],
      [name, mutateText(random, value).replaceAll(/[\r\n]/g, "")],
      [name.toUpperCase(), value],
      [mutateText(random, name).replaceAll(/[\r\n]/g, ""), value],
      ["X-Many", "x".repeat(random.below(9000))],
    ];
    headers[at] = pick(random, mutated);
  }
  return headers;
}

const cursorWords = ["oldest", "head", ""];

/** A cursor, as good as any or nearly. */
export function mutatedCursor(random: Random, world: World): string {
  const cursor = pick(random, world.cursors);
  switch (random.below(5)) {
    case 0:
      return pick(random, cursorWords);
    case 1:
      return word(random);
    case 2:
      return cursor;
    case 3: {
      const parts = cursor.split(".");
      parts[random.below(4)] = pick(random, ["0", "1", "zz", "zzzzzzzzzz", "-1", "", "aaaaaaaa", "00000000"]);
      return parts.join(".");
    }
    default:
      return mutateText(random, cursor);
  }
}

/** A query, escaped, in which names and values may be others, missing, or there twice. */
export function mutatedQuery(random: Random, pairs: Pairs): string {
  return query(random, mutatedPairs(random, pairs));
}

/** Escaped, mostly as it should be. */
export function query(random: Random, pairs: Pairs): string {
  return pairs.map(([name, value]) => `${inAddress(random, name)}=${inAddress(random, value)}`).join("&");
}

/** Names and values may be others, missing, or there twice. */
export function mutatedPairs(random: Random, pairs: Pairs): Pairs {
  const mutated = pairs.map(([name, value]): [string, string] => {
    if (random.chance(0.5)) return [name, value];
    return pick<[string, string]>(random, [
      [name, word(random)],
      [name, String(anyValue(random, 3))],
      [name, mutateText(random, value)],
      [mutateText(random, name), value],
      [name.toUpperCase(), value],
    ]);
  });
  const kept = mutated.filter(() => random.chance(0.93));
  const more = random.chance(0.15) ? kept.slice(0, 1) : [];
  return [...kept, ...more];
}
