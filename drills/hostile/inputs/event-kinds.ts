import type { Random } from "../../../packages/server/test/random.ts";
import { mutateBytes, mutateJson, mutateText, pick, word } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Input, Kind } from "./input.ts";
import { headerText, inAddress, mutatedCursor, mutatedHeaders, mutatedQuery } from "./mutated-request.ts";
import { events, ours, raw, request } from "./request.ts";
import { bodies, platformLines } from "./samples.ts";

/** Storing events and reading them. */
export const eventKinds: readonly Kind[] = [
  {
    name: "POST events: fields",
    authenticated: true,
    share: 110,
    make: (world, random) =>
      ours(request("POST", events(world), world.key, mutateJson(random, fresh(random, pick(random, bodies))))),
  },
  {
    name: "POST events: bytes of the body",
    authenticated: true,
    share: 45,
    make: (world, random) => {
      const text = JSON.stringify(fresh(random, pick(random, bodies)));
      const body = random.chance(0.5) ? mutateText(random, text) : mutateBytes(random, Buffer.from(text));
      return ours(request("POST", events(world), world.key, body));
    },
  },
  {
    name: "POST events: headers",
    authenticated: true,
    share: 25,
    make: (world, random) => {
      const body = JSON.stringify(fresh(random, pick(random, bodies)));
      const bytes = request("POST", events(world), world.key, body, mutatedHeaders(random, world));
      return { via: "http", bytes, answers: "runtime" };
    },
  },
  {
    name: "POST events: chunks",
    authenticated: true,
    share: 15,
    make: (world, random) => {
      const head = `POST ${events(world)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.key}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const body = chunked(random, mutateJson(random, fresh(random, pick(random, bodies))));
      if (random.chance(0.7)) return ours(Buffer.concat([Buffer.from(head), body]));
      return raw(Buffer.concat([Buffer.from(head), mutateBytes(random, body)]));
    },
  },
  {
    name: "POST events: wrong lengths",
    authenticated: true,
    share: 10,
    make: (world, random) => {
      const body = JSON.stringify(fresh(random, pick(random, bodies)));
      const length = pick(random, [
        0,
        1,
        body.length - 1,
        body.length + 1,
        65_536,
        65_537,
        4_194_304,
        4_194_305,
        2 ** 31,
        2 ** 53,
      ]);
      const head = `POST ${events(world)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.key}\r\nContent-Length: ${length}\r\n\r\n`;
      return raw(Buffer.from(head + body));
    },
  },
  {
    name: "replay",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const id = random.chance(0.5) ? pick(random, world.eventIds) : mutateText(random, pick(random, world.eventIds));
      const path = `${events(world, world.read.slug)}/${inAddress(random, id) || "x"}/replay`;
      const key = random.chance(0.97) ? `key-${random.below(8)}` : headerText(random);
      const bytes = request("POST", path, world.key, random.chance(0.5) ? word(random) : undefined, [
        ["Idempotency-Key", key],
      ]);
      return { via: "http", bytes, answers: "runtime" };
    },
  },
  ...(["donationalerts", "pally", "tuniform", "jsonl"] as const).map(
    (format): Kind => ({ name: `import: ${format}`, authenticated: true, share: 14, make: importOf(format) }),
  ),
  {
    name: "poll: parameters and cursors",
    authenticated: true,
    share: 40,
    make: (world, random) => {
      const wait = random.chance(0.02) ? String(random.below(31)) : "0";
      const pairs = [
        ["after", mutatedCursor(random, world)],
        ["limit", String(1 + random.below(5))],
        ["wait", wait],
      ] as const;
      const query = random.chance(0.7)
        ? mutatedQuery(random, pairs)
        : `after=${inAddress(random, pairs[0][1])}&limit=2`;
      const bytes = request("GET", `${events(world, world.read.slug)}?${query}`, world.key);
      return { via: "http", bytes, answers: "runtime", mayWait: /wait/i.test(query) };
    },
  },
  {
    name: "SSE: parameters and cursors",
    authenticated: true,
    share: 8,
    make: (world, random) => {
      const path = `${events(world, world.read.slug)}?${mutatedQuery(random, [["after", mutatedCursor(random, world)]])}`;
      const cursor = mutatedCursor(random, world)
        .replaceAll(/[^ -~]/g, "")
        .slice(0, 4000);
      const accept: [string, string] = ["Accept", random.chance(0.9) ? "text/event-stream" : headerText(random)];
      const bytes = request("GET", path, world.key, undefined, [
        accept,
        ...(random.chance(0.6) ? [["Last-Event-ID", cursor] as const] : []),
      ]);
      return { via: "http", bytes, answers: "runtime", mayWait: true };
    },
  },
];

/** One time in four an id of its own, so that it is stored; the others meet what is there already. */
function fresh(random: Random, body: Record<string, unknown>): Record<string, unknown> {
  return random.chance(0.25) ? { ...body, externalId: `x-${random.below(2 ** 31)}` } : body;
}

function importOf(format: keyof typeof platformLines) {
  return (world: World, random: Random): Input => {
    const lines = Array.from({ length: 1 + random.below(3) }, (_, line) => {
      const text = pick(random, platformLines[format]);
      const mutated = random.chance(0.7) ? mutateJson(random, JSON.parse(text)) : mutateText(random, text);
      return { line, text: random.chance(0.1) ? text : mutated };
    });
    const body = { format, session: `${format}-${random.below(5)}`, live: random.chance(0.5), creator: "7", lines };
    const text = random.chance(0.15) ? mutateJson(random, body) : JSON.stringify(body);
    return ours(request("POST", `/v1/channels/${world.store.slug}/import`, world.key, text));
  };
}

function chunked(random: Random, body: string): Buffer {
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(200);
    const piece = bytes.subarray(at, at + size);
    parts.push(
      Buffer.from(`${piece.length.toString(16)}${random.chance(0.1) ? ";x=y" : ""}\r\n`),
      piece,
      Buffer.from("\r\n"),
    );
    at += size;
  }
  return Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
}
