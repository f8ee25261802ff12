import type { Random } from "../../packages/server/test/random.ts";

/** Texts that programs have stumbled over. */
const words: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\r\n",
  "\n\ndata: x\n\n",
  "\r\nX-Injected: 1",
  "\ud800",
  "\udc00\ud800",
  "\ufeff",
  "\ufffe\uffff",
  "\u202e\u2066evil\u2069",
  "\u200b\u200d\ufe0f",
  "e\u0301".repeat(40),
  "👩‍👩‍👧‍👦",
  "\u2028\u2029",
  "ＵＳＤ",
  "İ",
  "ß",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "true",
  "NaN",
  "Infinity",
  "-0",
  "1e999",
  "0x10",
  "00",
  "9007199254740993",
  "18446744073709551616",
  "-1",
  "1.000000000000000000001",
  "5,00",
  "٥",
  "{{amount}}",
  "$" + "{7*7}",
  "%s%n%x",
  "%00",
  "%ff",
  "..%2f..%2f",
  "../../etc/passwd",
  "' OR 1=1 --",
  "<script>alert(1)</script>",
  "javascript:alert(1)",
  "data:text/html,x",
  "http://127.0.0.1:1/",
  "//elsewhere.example",
  "oldest",
  "head",
  "-",
  "main",
  "admin",
  "events:write",
  "donation",
  "replay",
  "replay:x",
  "import",
  "USD",
  "XXX",
  "9999-12-31T23:59:59-23:59",
  "0000-01-01T00:00:00+23:59",
  "2026-02-30T25:61:61Z",
  "aaaaaaaa.1.1.1",
  "zzzzzzzz.zzzzzzzzzz.zzzzzzzzzz.zzzzzz",
  "tw_1_",
  "0".repeat(64),
  "f".repeat(64),
  "ping",
  "pong",
  '{"type":"echo","payload":{}}',
  '{"type":"auth","token":"x"}',
  '"',
  "\\",
  '\\"',
  "[",
  "{",
  "]",
  "}",
  ",",
  ":",
];

const numbers: readonly number[] = [
  0, -0, 1, -1, 0.1, 0.30000000000000004, 1e-7, 1e21, 1e99, -1e99, 5e-324, 127, 128, 255, 256, 32_767, 65_535, 65_536,
  2_147_483_647, 2_147_483_648, -2_147_483_648, 4_294_967_295, 4_294_967_296, 9_007_199_254_740_991,
  9_007_199_254_740_992, -9_007_199_254_740_991, 999_999_999_999_999, 1_795_000_000_000, 8.64e15,
  1.7976931348623157e308,
];

/** Numbers as only text can write them. */
const literals: readonly string[] = [
  "1e999",
  "-1e999",
  "01",
  "1.",
  ".5",
  "+1",
  "0x1F",
  "1_000",
  "NaN",
  "Infinity",
  "-Infinity",
  "1e",
  "--1",
  "123456789012345678901234567890",
  "0.00000000000000000000000000001",
  "1E+400",
  "-0.0",
  "undefined",
  "'x'",
  "nul",
];

const names: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "toJSON",
  "length",
  "then",
  "hasOwnProperty",
  "",
  " ",
  "\0",
  "0",
  "-1",
  "id",
  "cursor",
  "kind",
  "arrival",
  "receivedAt",
  "replayOf",
  "channel",
  "offset",
  "type",
  "Type",
  "TYPE",
  "externalid",
  "externalId",
  "origin",
  "test",
  "amount",
  "currency",
  "currencyExponent",
  "minor",
  "exponent",
];

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)] as T;
}

export function word(random: Random): string {
  const usual = pick(random, words);
  if (random.chance(0.02)) return usual.repeat(1 + random.below(3000)).slice(0, 20_000);
  return random.chance(0.1) ? usual + pick(random, words) : usual;
}

/** Text with one or a few accidents: letters changed, cut, doubled, put in. */
export function mutateText(random: Random, text: string): string {
  let mutated = text;
  for (let i = 1 + random.below(3); i > 0; i--) mutated = onceInText(random, mutated);
  return mutated;
}

function onceInText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.below(1 + Math.min(40, text.length)));
  switch (random.below(7)) {
    case 0:
      return (
        text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(7)) || 0) + text.slice(at + 1)
      );
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, to) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(to);
    case 4:
      return text.slice(0, at) + word(random) + text.slice(at);
    case 5:
      return text.slice(0, at) + word(random) + text.slice(to);
    default:
      return text.slice(0, at) + String.fromCharCode(random.below(65_536)) + text.slice(at);
  }
}

/** The same with bytes: what comes out need not be UTF-8. */
export function mutateBytes(random: Random, bytes: Uint8Array): Buffer {
  let mutated = Buffer.from(bytes);
  for (let i = 1 + random.below(4); i > 0; i--) mutated = onceInBytes(random, mutated);
  return mutated;
}

function onceInBytes(random: Random, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(1 + Math.min(64, bytes.length)));
  switch (random.below(6)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.below(256);
      return bytes;
    case 2:
      return Buffer.concat([bytes.subarray(0, at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(word(random)), bytes.subarray(at)]);
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value of any type, mostly one that is near a border. */
export function anyValue(random: Random, depth = 0): Json {
  switch (random.below(depth > 2 ? 6 : 9)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
    case 3:
      return pick(random, numbers);
    case 4:
    case 5:
      return word(random);
    case 6:
      return Array.from({ length: random.below(4) }, () => anyValue(random, depth + 1));
    case 7:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [pick(random, names), anyValue(random, depth + 1)]),
      );
    default:
      return nested(random);
  }
}

function nested(random: Random): Json {
  let value: Json = "deep";
  for (let i = random.chance(0.1) ? 500 : random.below(40); i > 0; i--)
    value = random.chance(0.5) ? [value] : { a: value };
  return value;
}

/** JSON text of an object in which a few things are not what they should be. */
export function mutateJson(random: Random, value: unknown): string {
  const copy = structuredClone(value) as Json;
  if (random.chance(0.01)) return deepText(random);
  for (let i = 1 + random.below(3); i > 0; i--) onceInJson(random, copy);
  const text = JSON.stringify(copy);
  return random.chance(0.15) ? onceInJsonText(random, text) : text;
}

function onceInJson(random: Random, value: Json): void {
  if (typeof value !== "object" || value === null) return;
  const keys = Object.keys(value);
  const key = keys[random.below(keys.length)];
  const holder = value as Record<string, Json>;
  if (key === undefined) {
    define(holder, pick(random, names), anyValue(random));
    return;
  }
  const inner = holder[key] as Json;
  if (typeof inner === "object" && inner !== null && random.chance(0.5)) {
    onceInJson(random, inner);
    return;
  }
  const way = random.next();
  if (way < 0.15) define(holder, random.chance(0.8) ? pick(random, names) : word(random), anyValue(random));
  else if (way < 0.3) delete holder[key];
  else define(holder, key, swapped(random, inner));
}

/** Also `__proto__` becomes a member of its own. */
function define(holder: Record<string, Json>, key: string, value: Json): void {
  if (Array.isArray(holder) && key === "length") holder.push(value);
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Another value, or the same one as another type would write it. */
function swapped(random: Random, value: Json): Json {
  switch (random.below(8)) {
    case 0:
      return [value];
    case 1:
      return { value };
    case 2:
      return typeof value === "string" ? Number(value) || 0 : JSON.stringify(value);
    case 3:
      return typeof value === "string" ? mutateText(random, value) : anyValue(random);
    case 4:
      return typeof value === "string" ? value + word(random) : anyValue(random);
    case 5:
      return typeof value === "string" ? value.repeat(1 + random.below(20)) : anyValue(random);
    default:
      return anyValue(random);
  }
}

function onceInJsonText(random: Random, text: string): string {
  switch (random.below(7)) {
    case 0:
      return text.replace(/-?\d+(\.\d+)?/, pick(random, literals));
    case 1:
      return text.replace(/"(?=[,}])/, `",${JSON.stringify(pick(random, names))}:${pick(random, literals)}`);
    case 2:
      return text.replace("{", `{${text.slice(1, text.indexOf(",") + 1)}`);
    case 3:
      return `${text}${pick(random, ["", " ", "\n", "\0", "x", "{}", text])}`;
    case 4:
      return text.replace(/[,}]/, pick(random, [",,", ",}", "/*x*/,", "}", ";"]));
    case 5:
      return `${pick(random, ["\ufeff", " ", "\n", "[", "//x\n"])}${text}`;
    default:
      return text.replaceAll('"', pick(random, ["'", "“", '\\"', '"']));
  }
}

function deepText(random: Random): string {
  const depth = 1 + random.below(20_000);
  const [open, close] = pick(random, [
    ["[", "]"],
    ['{"a":', "}"],
    ['[{"__proto__":', "}]"],
  ] as const);
  const text = open.repeat(Math.min(depth, Math.floor(30_000 / open.length)));
  return random.chance(0.5) ? text : `${text}1${close.repeat(text.length / open.length)}`;
}
