import { afterEach, beforeEach, expect, test } from "bun:test";
import { DeliveryRoom, until } from "../../../test/delivery-room.ts";
import type { Channel } from "../../access/directory.ts";
import { cursorOf } from "../../core/cursor.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import { decodePally } from "./decode.ts";
import { type PallyEndpoint, pallyEndpoint } from "./delivery.ts";
import type { PallyNotify } from "./wire.ts";

let room: DeliveryRoom;
let endpoint: PallyEndpoint;
let account: number;
let channel: Channel;
let key: { readonly id: number; readonly secret: string };

beforeEach(async () => {
  room = new DeliveryRoom();
  endpoint = pallyEndpoint(Object.assign(room, { publicUrl: () => "http://localhost:8000" }));
  account = await room.account("ana");
  channel = await room.channel("pally", account);
  key = await room.key(account);
});

afterEach(async () => {
  endpoint.stop();
  await room.close();
});

function activityFeed(slug = "pally", secret = key.secret): string {
  return `/?room=${slug}&channel=activity-feed&auth=${secret}`;
}

function firehose(secret = key.secret): string {
  return `/?auth=${secret}&channel=firehose`;
}

function names(texts: readonly string[]): string[] {
  return texts.map((text) => (JSON.parse(text) as PallyNotify).payload.campaignTip.displayName);
}

test("refusals: no key 401, no such feed 400, no room 400, unknown and foreign rooms alike 404", async () => {
  const stranger = await room.account("bo");
  await room.channel("foreign", stranger);
  const limited = await room.key(account, ["events:read"], [999]);
  const writer = await room.key(account, ["events:write"]);
  const token = await room.token(channel.id);
  const refused = (address: string) => room.refusal(endpoint, address);

  for (const bad of ["", "nonsense", token, `${key.secret}x`]) {
    const refusal = await refused(firehose(bad));
    expect(refusal).toMatchObject({ status: 401, unauthenticated: true, contentType: "text/plain; charset=utf-8" });
    expect(refusal.body).toMatch(/^[A-Z].*\.$/);
  }
  expect(await refused(firehose(writer.secret))).toMatchObject({ status: 403 });
  expect(await refused(`/?auth=${key.secret}`)).toMatchObject({ status: 400 });
  expect(await refused(`/?auth=${key.secret}&channel=chat`)).toMatchObject({ status: 400 });
  expect(await refused(`/?auth=${key.secret}&channel=activity-feed`)).toMatchObject({ status: 400 });
  const unknown = await refused(activityFeed("nobody"));
  expect(unknown.status).toBe(404);
  expect(await refused(activityFeed("foreign"))).toEqual(unknown);
  expect(await refused(activityFeed("pally", limited.secret))).toEqual(unknown);
  await room.directory.revokeKey(key.id);
  expect(await refused(firehose())).toMatchObject({ status: 401 });
});

test("the activity feed of an own room, and of one where the account is a member", async () => {
  const moderator = await room.account("mo");
  await room.directory.setMember(channel.id, moderator, "moderator");
  const theirs = await room.key(moderator);
  await room.event(channel.id, { name: "Before" });
  const clients = [
    await room.open(endpoint, activityFeed()),
    await room.open(endpoint, activityFeed("pally", theirs.secret)),
  ];
  await room.event(channel.id, { name: "Now" });
  for (const client of clients) expect(names(await client.got(1))).toEqual(["Now"]);
});

test("text ping is answered with text pong at once, an echo with its payload as it was sent", async () => {
  const client = await room.open(endpoint, activityFeed());
  const other = await room.open(endpoint, activityFeed());
  client.send("ping");
  client.send('{"type":"echo","payload": {"type" : "campaigntip.notify", "n":1.00} }');
  client.send('{"payload":"text","type":"echo"}');
  expect(await client.got(3)).toEqual(["pong", '{"type" : "campaigntip.notify", "n":1.00}', '"text"']);
  for (const ignored of ["PING", "", "{", '{"type":"ping"}', '{"type":"echo"}', "[]", "null", "[".repeat(60_000)]) {
    client.send(ignored);
  }
  expect(await client.settled()).toHaveLength(3);
  expect(other.frames).toEqual([]);
});

test("more than 60 messages in ten seconds: the surplus is dropped, nobody is closed", async () => {
  const client = await room.open(endpoint, activityFeed());
  for (let i = 0; i < 200; i++) client.send("ping");
  expect(await client.settled()).toHaveLength(60);
  room.clock.ahead = 10_001;
  client.send("ping");
  await client.got(61);
  expect(client.end).toBeUndefined();
});

test("only donations; a replay has the same tip id and says so; imports are silent", async () => {
  const client = await room.open(endpoint, activityFeed());
  const { id } = await room.event(channel.id);
  await room.event(channel.id, { type: "follow" });
  await room.event(channel.id, {}, { arrival: "import" });
  await room.replay(channel.id, id);
  const tips = (await client.got(2)).map((text) => (JSON.parse(text) as PallyNotify).payload.campaignTip);
  expect(tips.map((tip) => [tip.id, tip.replay])).toEqual([
    [id, undefined],
    [id, true],
  ]);
  expect(await client.settled()).toHaveLength(2);
});

test("the firehose has all channels that the account owns, as far as the key covers them", async () => {
  const second = await room.channel("second", account);
  const foreign = await room.channel("foreign", await room.account("bo"));
  await room.directory.setMember(foreign.id, account, "moderator");
  const limited = await room.key(account, ["events:read"], [second.id]);
  const all = await room.open(endpoint, firehose());
  const one = await room.open(endpoint, firehose(limited.secret));
  await room.event(foreign.id, { name: "Foreign" });
  await room.event(channel.id, { name: "First" });
  await all.got(1);
  await room.event(second.id, { name: "Second" });
  expect(names(await all.got(2))).toEqual(["First", "Second"]);
  expect(names(await one.got(1))).toEqual(["Second"]);
  expect(await all.settled()).toHaveLength(2);
});

test("the firehose takes in a channel that is created while it is open, from its first tip", async () => {
  const client = await room.open(endpoint, firehose());
  room.quiet = true;
  const created = await room.channel("created", account);
  await room.event(created.id, { name: "Very first" });
  room.quiet = false;
  await room.gate.reconcile();
  expect(names(await client.got(1))).toEqual(["Very first"]);
  expect(await room.refusal(endpoint, `${firehose()}&after=oldest`)).toMatchObject({ status: 400 });
});

test("a channel with a past that the account comes to own is followed from then on, and left when it is lost", async () => {
  const old = await room.channel("old", await room.account("bo"));
  await room.event(old.id, { name: "Past" });
  room.clock.ahead = 60_000;
  const client = await room.open(endpoint, firehose());
  await room.directory.setMember(old.id, account, "owner");
  await room.gate.reconcile();
  await client.settled();
  await room.event(old.id, { name: "Present" });
  expect(names(await client.got(1))).toEqual(["Present"]);
  await room.directory.removeMember(old.id, account);
  await room.gate.reconcile();
  await client.settled();
  await room.event(old.id, { name: "Future" });
  expect(names(await client.settled())).toEqual(["Present"]);
  expect(client.end).toBeUndefined();
});

test("after a cursor the activity feed misses nothing, and its frames bear theirs", async () => {
  const records = [await room.event(channel.id), await room.event(channel.id, { name: "Bo" })];
  const [first, second] = records.map((record) => cursorOf(room.log.epoch, record));
  const client = await room.open(endpoint, `${activityFeed()}&after=${first}`);
  const [frame = ""] = await client.got(1);
  expect(JSON.parse(frame)).toMatchObject({ type: "campaigntip.notify", cursor: second });
  expect(names([frame])).toEqual(["Bo"]);
  expect(await room.refusal(endpoint, `${activityFeed()}&after=rubbish`)).toMatchObject({ status: 400 });
});

test("closes: 4000 for a revoked key only, 1008 for a lost room, 1001 for a shutdown", async () => {
  const moderator = await room.account("mo");
  await room.directory.setMember(channel.id, moderator, "moderator");
  const theirs = await room.key(moderator);
  const client = await room.open(endpoint, activityFeed("pally", theirs.secret));
  await room.directory.removeMember(channel.id, moderator);
  await room.gate.reconcile();
  expect(await client.ended()).toBe(1008);

  const [feed, hose] = [await room.open(endpoint, activityFeed()), await room.open(endpoint, firehose())];
  const stopping = await room.open(endpoint, firehose());
  stopping.socket.peer?.events?.shutdown();
  expect(await stopping.ended()).toBe(1001);
  await room.directory.revokeKey(key.id);
  await room.gate.reconcile();
  expect([await feed.ended(), await hose.ended()]).toEqual([4000, 4000]);
  expect(room.hub.followedChannels).toBe(0);
});

test("every socket is pinged once in 25 seconds", async () => {
  const clients = [await room.open(endpoint, firehose()), await room.open(endpoint, activityFeed())];
  for (let i = 0; i < 25; i++) room.clock.tick(1000);
  expect(clients.map(({ socket }) => socket.pings)).toEqual([1, 1]);
});

/** Takes one write, then wants to be drained. */
class NarrowSocket implements Socket {
  readonly sent: string[] = [];
  overrun = false;
  #full = false;

  send(messages: readonly string[]): boolean {
    this.overrun ||= this.#full;
    this.#full = true;
    this.sent.push(...messages);
    return false;
  }

  ping(): void {}
  close(): void {}

  drainInto(events: SocketEvents): void {
    this.#full = false;
    events.drain();
  }
}

test("a socket that is full gets nothing before it drains, and then everything, channel by channel in order", async () => {
  const second = await room.channel("second", account);
  const serve = await endpoint.authorize({
    path: "/",
    query: new URL(firehose(), "http://localhost").searchParams,
    header: () => null,
    failed: () => undefined,
  });
  if (typeof serve !== "function") throw new Error(serve.body);
  const socket = new NarrowSocket();
  const events = serve(socket);
  for (let i = 0; i < 300; i++) {
    await room.event(channel.id, { name: `a${i}`, message: "x".repeat(1000) });
    await room.event(second.id, { name: `b${i}`, message: "x".repeat(1000) });
  }
  events.text("ping");
  events.text('{"type":"echo","payload":1}');
  await until(() => {
    socket.drainInto(events);
    return socket.sent.length >= 601;
  });
  expect(socket.overrun).toBe(false);
  expect(socket.sent.filter((text) => text === "pong")).toHaveLength(1);
  const tips = names(socket.sent.filter((text) => text !== "pong"));
  for (const letter of ["a", "b"]) {
    const wanted = Array.from({ length: 300 }, (_, i) => `${letter}${i}`);
    expect(tips.filter((name) => name.startsWith(letter))).toEqual(wanted);
  }
  events.closed(1000, "");
  expect(room.hub.followedChannels).toBe(0);
});

test("new settings of the channel are in the next frame; our own reader understands it", async () => {
  const client = await room.open(endpoint, activityFeed());
  await room.directory.setChannel(channel.id, { title: "Team Page", url: "https://example.org/" });
  await room.gate.reconcile();
  await client.settled();
  const { event, id } = await room.event(channel.id);
  const [frame = ""] = await client.got(1);
  expect((JSON.parse(frame) as PallyNotify).payload.page).toEqual({
    id: String(channel.id),
    slug: "pally",
    title: "Team Page",
    url: "https://example.org/",
  });
  const read = decodePally(frame, { receivedAt: 0 });
  if (read.status !== "event") throw new Error(JSON.stringify(read));
  const { fee, net } = read.event;
  expect(read.event).toEqual({ ...event, origin: `pally:${channel.id}`, externalId: id, fee, net });
});
