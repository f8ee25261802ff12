import { expect, test } from "bun:test";
import fc from "fast-check";
import type { EventFacts } from "../src/core/event.ts";
import { parseMoney } from "../src/core/money.ts";
import type { Endpoint } from "../src/core/socket.ts";
import { pallyEndpoint } from "../src/platforms/pally/delivery.ts";
import { pallySource } from "../src/platforms/pally/source.ts";
import { tuniformEndpoint } from "../src/platforms/tuniform/delivery.ts";
import { tuniformSource } from "../src/platforms/tuniform/source.ts";
import { DeliveryRoom } from "./delivery-room.ts";
import { endings } from "./endings.ts";
import { endpointDial } from "./pair-dial.ts";
import { SourceRoom } from "./source-room.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Our sources as clients of our own deliveries: what goes out of one Tipwire comes into another. */

const ended = endings();

async function outside() {
  const room = new DeliveryRoom();
  const account = await room.account("ana");
  const channel = await room.channel("ana", account, { kickUsername: "ana_on_kick" });
  const pally = pallyEndpoint(Object.assign(room, { publicUrl: () => "http://localhost:8000" }));
  const tuniform = tuniformEndpoint(room);
  ended.push(async () => {
    pally.stop();
    tuniform.stop();
    await room.close();
  });
  return { room, account, channel, pally, tuniform };
}

async function inside(endpoint: Endpoint) {
  const clock = new VirtualClock();
  const dial = endpointDial(endpoint);
  const fetch = () => Promise.reject();
  const node = await SourceRoom.open({
    clock,
    factories: {
      pally: pallySource({ dial, clock, url: "ws://outside.example" }),
      tuniform: tuniformSource({ dial, clock, url: "ws://outside.example/ws", listUrl: "", fetch }),
    },
  });
  ended.push(() => Promise.all([node.close(), clock.pass(5000)]));
  return { clock, node };
}

/** Facts that both protocols can say. */
const facts = fc.record({
  name: fc.oneof(fc.constant(null), fc.string({ unit: "grapheme", maxLength: 30 })),
  message: fc.string({ unit: "grapheme", maxLength: 60 }),
  amount: fc
    .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.constantFrom("USD", "TND", "JPY", "XYZ"))
    .map(([units, currency]) => moneyOf((units / 100).toFixed(currency === "JPY" ? 0 : 2), currency)),
  occurredAt: fc
    .date({ min: new Date("2020-01-01"), max: new Date("2030-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
});

function moneyOf(value: string, currency: string) {
  const money = parseMoney(value, currency);
  if (typeof money === "string") throw new Error(money);
  return money;
}

const said = ({ name, message, amount, occurredAt }: Partial<EventFacts>) => ({
  name: name?.trim() || null,
  message: message?.trim(),
  amount,
  occurredAt,
});

test.each(["pally", "tuniform"] as const)("%s: whatever is given there arrives here as it was", async (platform) => {
  const { room, account, channel, ...endpoints } = await outside();
  const { node } = await inside(endpoints[platform]);
  const key = platform === "pally" ? (await room.key(account)).secret : await room.token(channel.id);
  const { id } = await node.connect(platform, key);
  await node.state(id, "live");
  expect(await node.connection(id)).toMatchObject(
    platform === "pally" ? { account: "firehose" } : { account: String(channel.id), name: "ana_on_kick" },
  );
  const given = fc.sample(facts, 300);
  for (const each of given) await room.event(channel.id, each);
  const records = await node.records(given.length);
  expect(records.map(({ event }) => said(event))).toEqual(given.map(said));
  expect((await node.connection(id)).quarantined).toBe(0);
});

test("pally: a replay there is a replay here, a page that is not ours waits, a revoked key asks for a person", async () => {
  const { room, account, channel, pally } = await outside();
  const { node, clock } = await inside(pally);
  const key = await room.key(account);
  const page = await node.connect("pally", key.secret, "ana");
  const other = await node.connect("pally", key.secret, "nobody");
  expect((await node.state(other.id, "waiting")).reason).toContain("no such page");
  await node.state(page.id, "live");
  const { id } = await room.event(channel.id);
  await node.records(1);
  await clock.pass(10_001);
  await room.replay(channel.id, id);
  expect((await node.records(2)).map(({ kind }) => kind)).toEqual(["event", "replay"]);
  await room.directory.revokeKey(key.id);
  expect((await node.state(page.id, "needs-authorization")).reason).toContain("4000");
});

test("tuniform: a revoked token asks for a person", async () => {
  const { room, channel, tuniform } = await outside();
  const { node } = await inside(tuniform);
  const { id } = await node.connect("tuniform", await room.token(channel.id));
  await node.state(id, "live");
  await room.token(channel.id);
  await room.gate.reconcile();
  room.clock.tick(500);
  expect((await node.state(id, "needs-authorization")).reason).toContain("1008");
});
