import { afterEach, beforeEach, expect, test } from "bun:test";
import { DeliveryRoom, type TestClient, until } from "../../../test/delivery-room.ts";
import type { Channel } from "../../access/directory.ts";
import { cursorOf } from "../../core/cursor.ts";
import { decodeTuniform, TuniformConnection } from "./decode.ts";
import { type TuniformEndpoint, tuniformEndpoint } from "./delivery.ts";
import { tuniformKeys } from "./wire.ts";

let room: DeliveryRoom;
let endpoint: TuniformEndpoint;
let channel: Channel;
let token: string;

beforeEach(async () => {
  room = new DeliveryRoom();
  endpoint = tuniformEndpoint(room);
  channel = await room.channel("streamer123", await room.account("ana"), { kickUsername: "creator_kick_handle" });
  token = await room.token(channel.id);
});

afterEach(async () => {
  endpoint.stop();
  await room.close();
});

function frames(texts: readonly string[]): Record<string, unknown>[] {
  return texts.map((text) => JSON.parse(text) as Record<string, unknown>);
}

test("the documented refusals, to the letter, before the upgrade", async () => {
  const key = await room.key(1);
  const refused = (body: string) => ({ status: 401, contentType: "text/plain; charset=utf-8", body });
  expect(await room.refusal(endpoint, "/ws")).toMatchObject(refused("Missing 'token' query parameter"));
  for (const bad of ["", "abc", "z".repeat(64), "0".repeat(64), key.secret, `${token}0`]) {
    expect(await room.refusal(endpoint, `/ws?token=${bad}`)).toMatchObject(refused("Invalid or expired token"));
  }
  const newer = await room.token(channel.id, room.clock.now() + 1000);
  room.clock.ahead = 1001;
  expect(await room.refusal(endpoint, `/ws?token=${token}`)).toMatchObject(refused("Invalid or expired token"));
  await room.open(endpoint, `/ws?token=${newer.toUpperCase()}`);
});

test("first the handshake, then what happens from now on, to everyone who listens", async () => {
  await room.event(channel.id);
  const clients = [await room.open(endpoint, `/ws?token=${token}`), await room.open(endpoint, `/ws?token=${token}`)];
  await room.event(channel.id, { name: "Bo" });
  for (const client of clients) {
    const [first, second] = frames(await client.got(2));
    expect(first).toEqual({ type: "CONNECTED", kick_username: "creator_kick_handle", user_id: channel.id });
    expect(Object.keys(second ?? {})).toEqual([...tuniformKeys]);
    expect(second).toMatchObject({
      type: "donation",
      sender_username: "Bo",
      amount: 5,
      receiver_username: "streamer123",
    });
  }
});

test("replays, late and test events come as ordinary ones; imports, custom events and other channels do not come", async () => {
  const elsewhere = await room.channel("other", 1);
  const client = await room.open(endpoint, `/ws?token=${token}`);
  const { id } = await room.event(channel.id);
  await room.event(elsewhere.id);
  await room.event(channel.id, {}, { arrival: "import" });
  await room.event(channel.id, { type: "custom" });
  await room.event(channel.id, { test: true }, { arrival: "late" });
  await room.replay(channel.id, id);
  await client.got(4);
  const [, first, late, replay] = await client.settled();
  expect(client.frames).toHaveLength(4);
  expect([late, replay]).toEqual([first, first]);
});

test("after a cursor nothing is missed, and the frames bear theirs", async () => {
  const records = [await room.event(channel.id), await room.event(channel.id, { name: "Bo" })];
  const [first, second] = records.map((record) => cursorOf(room.log.epoch, record));
  const client = await room.open(endpoint, `/ws?token=${token}&after=${first}`);
  const [connected, event] = frames(await client.got(2));
  expect(connected).toMatchObject({ type: "CONNECTED", cursor: first });
  expect(Object.keys(event ?? {})).toEqual([...tuniformKeys, "cursor"]);
  expect(event).toMatchObject({ sender_username: "Bo", cursor: second });
  expect(await (await room.open(endpoint, `/ws?token=${token}&after=oldest`)).got(3)).toHaveLength(3);
});

test("a cursor that is none is refused, one of another log goes on where nothing is missed", async () => {
  await room.event(channel.id);
  expect(await room.refusal(endpoint, `/ws?token=${token}&after=rubbish`)).toMatchObject({ status: 400 });
  const client = await room.open(endpoint, `/ws?token=${token}&after=zzzzzzzz.5.0.abc`);
  expect(frames(await client.got(2))[1]).toMatchObject({ type: "donation" });
});

test("whatever a client sends is ignored", async () => {
  const client = await room.open(endpoint, `/ws?token=${token}`);
  for (let i = 0; i < 1000; i++) client.send(i % 2 === 0 ? "ping" : '{"type":"echo","payload":1}');
  await room.event(channel.id);
  await client.got(2);
  expect(await client.settled()).toHaveLength(2);
  expect(client.end).toBeUndefined();
});

test("a revoked or expired token closes with 1008, a shutdown with 1001", async () => {
  const client = await room.open(endpoint, `/ws?token=${token}`);
  const newer = await room.token(channel.id, room.clock.now() + 1000);
  await room.gate.reconcile();
  expect(client.end).toBeUndefined();
  room.clock.ahead = 1001;
  room.clock.tick(500);
  expect(await client.ended()).toBe(1008);

  const [ours] = [await room.open(endpoint, `/ws?token=${newer}`)];
  ours.socket.peer?.events?.shutdown();
  expect(await ours.ended()).toBe(1001);
});

test("each socket is pinged once in 25 seconds, not all at once; one that left is forgotten", async () => {
  const clients: TestClient[] = [];
  for (let i = 0; i < 50; i++) clients.push(await room.open(endpoint, `/ws?token=${token}`));
  clients[49]?.socket.close(1000, "");
  await until(() => clients[49]?.end !== undefined);
  room.clock.tick(1000);
  expect(clients.filter(({ socket }) => socket.pings === 1).length).toBe(2);
  for (let i = 1; i < 25; i++) room.clock.tick(1000);
  expect(clients.map(({ socket }) => socket.pings)).toEqual([...Array(49).fill(1), 0]);
  for (const client of clients) client.socket.close(1000, "");
  await until(() => room.hub.followedChannels === 0);
});

test("new settings of the channel are in the next frame", async () => {
  const client = await room.open(endpoint, `/ws?token=${token}`);
  await room.directory.setChannel(channel.id, { title: "Mohamed Ali" });
  await room.gate.reconcile();
  await client.settled();
  await room.event(channel.id);
  expect(frames(await client.got(2))[1]).toMatchObject({ receiver_display_name: "Mohamed Ali" });
});

test("our own reader understands it", async () => {
  const client = await room.open(endpoint, `/ws?token=${token}`);
  const { event } = await room.event(channel.id);
  const connection = new TuniformConnection();
  const [, read] = (await client.got(2)).map((text) => decodeTuniform(text, connection));
  if (read?.status !== "event") throw new Error(JSON.stringify(read));
  const { externalId } = read.event;
  expect(read.event).toEqual({ ...event, origin: `tuniform:${channel.id}`, externalId });
});
