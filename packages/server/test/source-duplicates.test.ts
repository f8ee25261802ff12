import { expect, test } from "bun:test";
import { systemClock } from "../src/core/clock.ts";
import type { Socket } from "../src/core/socket.ts";
import { pallySource } from "../src/platforms/pally/source.ts";
import { tuniformSource } from "../src/platforms/tuniform/source.ts";
import { databases } from "./databases.ts";
import { endings } from "./endings.ts";
import { pairDial } from "./pair-dial.ts";
import { Random } from "./random.ts";
import { recorded } from "./recorded.ts";
import { SourceRoom } from "./source-room.ts";
import { settled } from "./virtual-clock.ts";

/** 10,000 frames, doubled and out of order, over several connections at a time: the log holds the exact set. */

const ended = endings();
const inputs = 10_000;
const token = "0123456789abcdef".repeat(4);

const [tip = ""] = recorded("pally-tips.jsonl");
const [handshake = "", donation = ""] = recorded("tuniform-session.jsonl");

/** A platform that says what it is told to whoever is connected. */
class Speaker {
  readonly lines: Socket[] = [];
  readonly dial = pairDial(() => (socket) => {
    this.lines.push(socket);
    socket.send([handshake]);
    const text = (message: string) => void (message === "ping" && socket.send(["pong"]));
    return { text, drain() {}, closed() {}, stalled() {}, shutdown() {} };
  });
}

async function room(database: keyof typeof databases) {
  const speaker = new Speaker();
  const { dial } = speaker;
  const fetch = () => Promise.reject();
  const node = await SourceRoom.open({
    clock: systemClock,
    database,
    factories: {
      pally: pallySource({ dial, clock: systemClock, url: "ws://outside.example" }),
      tuniform: tuniformSource({ dial, clock: systemClock, url: "ws://outside.example", listUrl: "", fetch }),
    },
  });
  ended.push(() => node.close());
  return { node, speaker };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}

/** Everything is in the log, and nothing more comes. */
async function all(node: SourceRoom, count: number) {
  const records = await node.records(count);
  await settled();
  expect(records).toHaveLength(count);
  return records;
}

for (const database of Object.keys(databases) as (keyof typeof databases)[]) {
  test(`pally, ${database}: ${inputs} frames of 2,500 tips on two sockets`, async () => {
    const { node, speaker } = await room(database);
    const random = new Random(6);
    const firehose = await node.connect("pally", "key");
    const page = await node.connect("pally", "key", "pally");
    for (const { id } of [firehose, page]) await node.state(id, "live");
    const tips = Array.from({ length: 2500 }, (_, i) => tip.replace("b1w2pjwjtb9fx0v1se9ex4n2", `tip${i}`));
    for (const socket of speaker.lines) socket.send(shuffled([...tips, ...tips], random));
    const records = await all(node, tips.length);
    expect(new Set(records.map(({ event }) => event.externalId)).size).toBe(tips.length);
    expect(records.every(({ kind }) => kind === "event")).toBe(true);
  });

  test(`tuniform, ${database}: ${inputs} frames of 2,500 gifts on four connections, one after the other`, async () => {
    const { node, speaker } = await room(database);
    const random = new Random(6);
    const { id } = await node.connect("tuniform", token);
    await node.state(id, "live");
    // A hundred of the gifts come twice within a connection, which are two gifts.
    const gifts = Array.from({ length: 2400 }, (_, i) => donation.replace("ahmed_ben", `giver ${i}`));
    for (let round = 0; round < 4; round++) {
      const frames = shuffled(gifts, random).flatMap((gift) => (isTwin(gift) ? [gift, gift] : [gift]));
      speaker.lines.at(-1)?.send(frames);
      await node.until(async () => ((await node.all()).length >= 2500 ? true : undefined));
      speaker.lines.at(-1)?.close(1001, "");
      await node.until(async () => (speaker.lines.length > round + 1 ? true : undefined));
      await node.state(id, "live");
    }
    const records = await all(node, 2500);
    expect(new Set(records.map(({ event }) => event.name)).size).toBe(2400);
    expect(records.filter(({ event }) => event.externalId.endsWith("-2"))).toHaveLength(100);
  });
}

function isTwin(gift: string): boolean {
  return /giver \d{0,2}"/.test(gift);
}
