import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type TestClient, until } from "../../../test/delivery-room.ts";
import { RealtimeRoom } from "../../../test/realtime-room.ts";
import type { Channel } from "../../access/directory.ts";
import type { Grant } from "../../access/grants.ts";
import { closeReason, type Disconnect, disconnects, methods } from "./centrifugo.ts";

/** Quotes are of Centrifugo 2.2.1: its `client.proto` and the behaviour of its `client.go`. */
let room: RealtimeRoom;
let channel: Channel;
let grant: Grant;
let name: string;

beforeEach(async () => {
  room = RealtimeRoom.make();
  channel = await room.channel("ana", await room.account("ana"), { title: "Ana plays" });
  grant = await room.grant(channel);
  name = `$alerts:donation_${channel.id}`;
});

afterEach(() => room.close());

function seqs(frames: readonly string[]): unknown[] {
  return frames.map((frame) => (JSON.parse(frame) as { result: { data: { seq: number } } }).result.data.seq);
}

/** The closing handshake's code with its reason. */
/** Makes a client's socket tell our side that it is full, until it is relieved. */
function fill(client: TestClient): () => void {
  const ours = client.socket.peer;
  if (ours === undefined) throw new Error("no peer");
  const send = ours.send.bind(ours);
  ours.send = (messages) => {
    send(messages);
    return false;
  };
  return () => {
    ours.send = send;
    ours.events?.drain();
  };
}

function closing(how: Disconnect): string {
  return `closed ${disconnects[how].code} ${closeReason(how)}`;
}

describe("the documented session", () => {
  test("connect, subscribe, the reply, the join push of its own, then donations as they happen", async () => {
    await room.event(channel.id);
    const { client, id } = await room.connected(grant);
    expect(client.frames[0]).toBe(`{"id":1,"result":{"client":"${id}","version":"2.2.1"}}\n`);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    room.subscribe(client, grant, id);
    const [, subscribed, joined] = await client.got(3);
    expect(subscribed).toBe(`{"id":2,"result":{"recoverable":true,"seq":1,"epoch":"${room.log.epoch}"}}\n`);
    const info = `{"user":"${channel.id}","client":"${id}"}`;
    expect(joined).toBe(`{"result":{"type":1,"channel":"${name}","data":{"info":${info}}}}\n`);

    await room.event(channel.id, { name: "Bo", message: "Hello!" });
    const [, , , pushed] = await client.got(4);
    expect(pushed).toStartWith(
      `{"result":{"channel":"${name}","data":{"seq":2,"data":{"id":1500000002,"name":"Donations","username":"Bo",`,
    );
    expect(pushed).toEndWith(`"reason":"default"}}}}\n`);
  });

  test("a channel without events: seq is left out, as everything that is 0, false or empty", async () => {
    const { client } = await room.subscribed(grant);
    expect(client.frames[1]).toBe(`{"id":2,"result":{"recoverable":true,"epoch":"${room.log.epoch}"}}\n`);
  });

  test("every message is a frame of its own, compact, and ends in one newline", async () => {
    const { client, id } = await room.connected(grant);
    const token = room.subscriptionToken(grant, id);
    client.send(
      `{"method":7,"id":3}${JSON.stringify({ method: 1, id: 4, params: { channel: name, token } })}\n{"method":7,"id":5}`,
    );
    for (let i = 0; i < 3; i++) await room.event(channel.id);
    for (const frame of await client.got(8)) expect(frame).toBe(`${JSON.stringify(JSON.parse(frame))}\n`);
  });

  test("several creators over one socket, each by a subscription token of their own grant", async () => {
    const other = await room.channel("bo", await room.account("bo"));
    const otherGrant = await room.grant(other);
    const { client, id } = await room.subscribed(grant);
    room.subscribe(client, otherGrant, id);
    await client.got(5);
    await room.event(other.id);
    await room.event(channel.id);
    const pushes = (await client.got(7)).slice(5).map((frame) => JSON.parse(frame).result.channel);
    expect(pushes.sort()).toEqual([name, `$alerts:donation_${other.id}`].sort());

    await room.store.grants.revoke(otherGrant.id);
    const [unsub] = (await client.got(8)).slice(7);
    expect(unsub).toBe(`{"result":{"type":3,"channel":"$alerts:donation_${other.id}","data":{}}}\n`);
    await room.event(other.id);
    await room.event(channel.id);
    expect(seqs((await client.got(9)).slice(8))).toEqual([2]);
    expect(client.end).toBeUndefined();
  });

  test("custom alerts have a channel of their own; imports are for the list alone, late ones and replays are said", async () => {
    const { client, id } = await room.subscribed(grant);
    const alerts = `$alerts:custom_alert_${channel.id}`;
    const token = room.subscriptionToken(grant, id, alerts);
    client.send(JSON.stringify({ method: 1, id: 3, params: { channel: alerts, token } }));
    await client.got(5);
    await room.event(channel.id, {}, { arrival: "import" });
    const { id: gift } = await room.event(channel.id, {}, { arrival: "late" });
    await room.event(channel.id, { type: "follow", amount: null });
    await room.event(channel.id, { type: "custom", name: "A wheel", message: "was spun", amount: null });
    await room.replay(channel.id, gift);
    const frames = (await client.got(8)).slice(5).map((frame) => JSON.parse(frame).result);
    expect(frames.map(({ channel, data }) => [channel, data.seq])).toEqual([
      [name, 2],
      [alerts, 4],
      [name, 5],
    ]);
    expect(frames[2].data.data).toEqual(frames[0].data.data);
    expect(frames[1].data.data).toEqual({
      id: 1_500_000_004,
      external_id: expect.any(String),
      header: "A wheel",
      message: "was spun",
      image_url: null,
      sound_url: null,
      is_shown: 0,
      created_at: "2026-04-11 16:00:00",
      shown_at: null,
      reason: "default",
    });
  });

  test("goals can be subscribed to and bring nothing yet, polls are refused", async () => {
    const { client, id } = await room.connected(grant);
    const ask = (kind: string) => {
      const params = { channel: kind, token: room.subscriptionToken(grant, id, kind) };
      return room.ask(client, { method: 1, id: 3, params });
    };
    expect(await ask(`$goals:goal_${channel.id}`)).toContain('"recoverable":true');
    await client.got(3);
    expect(await ask(`$polls:poll_${channel.id}`)).toBe(
      '{"id":3,"error":{"code":103,"message":"permission denied"}}\n',
    );
  });
});

describe("recovery", () => {
  const come = async (params: object) => {
    const { client, id } = await room.connected(grant);
    room.subscribe(client, grant, id, { recover: true, epoch: room.log.epoch, ...params });
    const [, reply = ""] = await client.got(3);
    return { client, result: (JSON.parse(reply) as { result: Record<string, unknown> }).result, reply };
  };

  test("what was missed is in the reply, newest first; what comes then is pushed", async () => {
    for (let i = 0; i < 3; i++) await room.event(channel.id);
    await room.event(channel.id, { type: "follow", amount: null });
    const { client, result, reply } = await come({ seq: 1 });
    expect(Object.keys(result)).toEqual(["recoverable", "seq", "epoch", "publications", "recovered"]);
    expect(result).toMatchObject({ recoverable: true, seq: 4, epoch: room.log.epoch, recovered: true });
    expect((result["publications"] as { seq: number }[]).map(({ seq }) => seq)).toEqual([3, 2]);
    expect(reply).toContain('{"seq":3,"data":{"id":1500000003,"name":"Donations",');
    await room.event(channel.id);
    expect(seqs((await client.got(4)).slice(3))).toEqual([5]);
  });

  test("nothing was missed", async () => {
    await room.event(channel.id);
    const { result } = await come({ seq: 1 });
    expect(result).toEqual({ recoverable: true, seq: 1, epoch: room.log.epoch, recovered: true });
  });

  test("an outage of a thousand donations: one reply, then pushes, without a gap or a double", async () => {
    for (let i = 0; i < 1000; i++) void room.event(channel.id, { message: "x".repeat(i % 300) });
    await room.event(channel.id);
    const { client, result } = await come({ seq: 0 });
    const first = (result["publications"] as { seq: number }[]).map(({ seq }) => seq).reverse();
    expect(first.at(-1)).toBe(result["seq"] as number);
    await until(() => client.frames.length - 3 + first.length >= 1001);
    expect([...first, ...seqs(client.frames.slice(3))]).toEqual(Array.from({ length: 1001 }, (_, i) => i + 1));
  });

  test("the join push comes before what is pushed of an outage, also where others have just been told of it", async () => {
    await room.subscribed(grant);
    for (let i = 0; i < 199; i++) void room.event(channel.id);
    await room.event(channel.id);
    const { client, result } = await come({ seq: 0 });
    const replied = result["seq"] as number;
    expect(replied).toBeLessThan(200);
    await until(() => client.frames.length === 3 + 200 - replied);
    expect(client.frames[2]).toContain('"type":1,');
    expect(seqs(client.frames.slice(3))).toEqual(Array.from({ length: 200 - replied }, (_, i) => replied + 1 + i));
  });

  test("another log's epoch, none, or a place beyond the head: recovered is missing, and it goes on at the head", async () => {
    await room.event(channel.id);
    for (const params of [{ seq: 1, epoch: "another1" }, { seq: 1, epoch: "" }, { seq: 2 }, { seq: 1, gen: 1 }]) {
      const { client, result } = await come(params);
      expect(result).toEqual({ recoverable: true, seq: 1, epoch: room.log.epoch });
      client.socket.close(1000, "");
    }
  });

  test("publications that wait for a full socket come after what was said before them", async () => {
    const { client } = await room.subscribed(grant);
    const relieve = fill(client);
    await room.event(channel.id);
    await client.got(4);
    client.send('{"method":7,"id":9}');
    await room.event(channel.id);
    await client.settled();
    expect(client.frames).toHaveLength(4);
    relieve();
    const [pong, pushed] = (await client.got(6)).slice(4);
    expect(pong).toBe('{"id":9}\n');
    expect(seqs([pushed ?? ""])).toEqual([2]);
  });
});

describe("2.1 frames", () => {
  test('"method omitted = 0; int or case-insensitive name string"', async () => {
    for (const method of [{}, { method: 0 }, { method: "connect" }, { method: "CONNECT" }]) {
      const client = await room.socket();
      const reply = await room.ask(client, { ...method, id: 1, params: { token: room.connectionToken(grant) } });
      expect(reply).toStartWith('{"id":1,"result":{"client":"');
    }
    const { client } = await room.connected(grant);
    for (const method of [7, "ping", "Ping"]) expect(await room.ask(client, { id: 4, method })).toBe('{"id":4}\n');
  });

  test('"keys case-insensitive: {"Id":1,"Method":0,"Params":{"Token":"…"}}"', async () => {
    const client = await room.socket();
    const reply = await room.ask(client, { Id: 1, Method: 0, Params: { Token: room.connectionToken(grant) } });
    expect(reply).toStartWith('{"id":1,"result":{"client":"');
  });

  test('"several objects per frame, newline-separated or just concatenated"; white space alone is nothing', async () => {
    const { client } = await room.connected(grant);
    client.send('{"id":2,"method":7}{"id":3,"method":7}\n{"id":4,"method":7}\n');
    client.send(" \n");
    expect((await client.got(4)).slice(1)).toEqual(['{"id":2}\n', '{"id":3}\n', '{"id":4}\n']);
  });

  test("ids may be used again", async () => {
    const { client } = await room.connected(grant);
    for (let i = 0; i < 3; i++) expect(await room.ask(client, { id: 1, method: 7 })).toBe('{"id":1}\n');
  });

  test('"Empty frame → close 3003. Malformed JSON → close 3003", after what came before it was answered', async () => {
    for (const frame of [
      "",
      "hello",
      "5",
      "[]",
      '{"id":1',
      '{"id":-1}',
      '{"id":1.5}',
      '{"id":"1"}',
      '{"method":"x"}',
    ]) {
      const { client } = await room.connected(grant);
      client.send(frame);
      expect([frame, await client.ended()]).toEqual([frame, 3003]);
    }
    const { client } = await room.connected(grant);
    client.send('{"id":2,"method":7}{"id":');
    await client.ended();
    expect(client.frames[1]).toBe('{"id":2}\n');
  });
});

describe("2.2 results", () => {
  const command = (method: (typeof methods)[number], params?: object) => ({
    id: 9,
    method: methods.indexOf(method),
    ...(params && { params }),
  });

  test("connect: client, version, expires?, ttl?", async () => {
    const { client, id } = await room.connected(grant, 60);
    expect(client.frames[0]).toBe(`{"id":1,"result":{"client":"${id}","version":"2.2.1","expires":true,"ttl":60}}\n`);
  });

  test("subscribe: expires?, ttl?, recoverable?, seq?, epoch?", async () => {
    const { client, id } = await room.connected(grant);
    room.subscribe(client, grant, id, { token: room.subscriptionToken(grant, id, name, 30) });
    const [, subscribed] = await client.got(3);
    const epoch = room.log.epoch;
    expect(subscribed).toBe(`{"id":2,"result":{"expires":true,"ttl":30,"recoverable":true,"epoch":"${epoch}"}}\n`);
  });

  test('unsubscribe: "none: reply {"id":N}", and nothing more comes', async () => {
    const { client, id } = await room.subscribed(grant);
    expect(await room.ask(client, command("unsubscribe", { channel: name }))).toBe('{"id":9}\n');
    await room.event(channel.id);
    expect(await client.settled()).toHaveLength(4);
    expect(room.hub.followedChannels).toBe(0);
    expect(await room.ask(client, command("unsubscribe", { channel: name }))).toBe('{"id":9}\n');
    room.subscribe(client, grant, id);
    await client.got(7);
    await room.event(channel.id);
    expect(seqs((await client.got(8)).slice(7))).toEqual([2]);
  });

  test("publish: clients may not", async () => {
    const { client } = await room.subscribed(grant);
    const denied = '{"id":9,"error":{"code":103,"message":"permission denied"}}\n';
    expect(await room.ask(client, command("publish", { channel: name, data: {} }))).toBe(denied);
  });

  test("presence, presence_stats: who is there; joins and leaves are told to the others", async () => {
    const first = await room.subscribed(grant);
    const second = await room.subscribed(grant);
    const other = `{"result":{"type":1,"channel":"${name}","data":{"info":{"user":"${channel.id}","client":"${second.id}"}}}}\n`;
    expect((await first.client.got(4))[3]).toBe(other);
    const user = String(channel.id);
    expect(await room.ask(second.client, command("presence", { channel: name }))).toBe(
      `{"id":9,"result":{"presence":{"${first.id}":{"user":"${user}","client":"${first.id}"},"${second.id}":{"user":"${user}","client":"${second.id}"}}}}\n`,
    );
    const stats = '{"id":9,"result":{"num_clients":2,"num_users":1}}\n';
    expect(await room.ask(second.client, command("presence_stats", { channel: name }))).toBe(stats);
    second.client.socket.close(1000, "");
    expect((await first.client.got(5))[4]).toBe(other.replace('"type":1', '"type":2'));
  });

  test("whose socket is full is told of nobody: for that nothing piles up", async () => {
    const full = await room.subscribed(grant);
    const relieve = fill(full.client);
    await room.event(channel.id);
    await full.client.got(4);
    for (let i = 0; i < 3; i++) await room.subscribed(grant);
    await room.event(channel.id);
    relieve();
    const later = (await full.client.got(5)).slice(4);
    expect([seqs(later), await full.client.settled()]).toMatchObject([[2], { length: 5 }]);
  });

  test("a crowd is not told of everyone who joins and leaves", async () => {
    const crowd = await Promise.all(Array.from({ length: 70 }, () => room.subscribed(grant)));
    await crowd[0]?.client.settled();
    const joins = crowd.map(({ client }) => client.frames.filter((frame) => frame.includes('"type":1,')).length);
    expect(Math.max(...joins)).toBeLessThanOrEqual(64);
    expect(Math.min(...joins)).toBe(1);
  });

  test("history: publications[], newest first", async () => {
    const { client } = await room.subscribed(grant);
    for (const type of ["donation", "follow", "donation"] as const) await room.event(channel.id, { type });
    await client.got(5);
    const reply = await room.ask(client, command("history", { channel: name }));
    const { result } = JSON.parse(reply) as { result: { publications: { seq: number }[] } };
    expect(result.publications.map(({ seq }) => seq)).toEqual([3, 1]);
  });

  test('ping: "reply {"id":N} (no result key)"; rpc: "default server: error 108"; send: "no reply"', async () => {
    const { client } = await room.connected(grant);
    client.send(JSON.stringify({ method: methods.indexOf("send"), params: { data: {} } }));
    expect(await room.ask(client, command("ping"))).toBe('{"id":9}\n');
    expect(await room.ask(client, command("rpc", { data: {} }))).toBe(
      '{"id":9,"error":{"code":108,"message":"not available"}}\n',
    );
  });

  test("refresh: client, version, expires?, ttl?; sub_refresh: expires?, ttl?", async () => {
    const { client, id } = await room.connected(grant, 60);
    const refreshed = await room.ask(client, command("refresh", { token: room.connectionToken(grant, 90) }));
    expect(refreshed).toBe(`{"id":9,"result":{"client":"${id}","version":"2.2.1","expires":true,"ttl":90}}\n`);
    room.subscribe(client, grant, id);
    await client.got(4);
    const token = room.subscriptionToken(grant, id, name, 40);
    const subRefreshed = await room.ask(client, command("sub_refresh", { channel: name, token }));
    expect(subRefreshed).toBe('{"id":9,"result":{"expires":true,"ttl":40}}\n');
  });
});

describe("2.3 rules and errors", () => {
  const error = (id: number, code: number, message: string) =>
    `{${id > 0 ? `"id":${id},` : ""}"error":{"code":${code},"message":"${message}"}}\n`;

  test('"id missing/0 (not send): error 107 without id, connection stays open"', async () => {
    const { client } = await room.connected(grant);
    for (const command of [{}, { id: 0, method: 7 }, { method: 1, params: {} }]) {
      expect(await room.ask(client, command)).toBe(error(0, 107, "bad request"));
    }
    expect(await room.ask(client, { id: 2, method: 7 })).toBe('{"id":2}\n');
  });

  test('"any non-connect before connect: error 101"', async () => {
    const client = await room.socket();
    for (const [method] of methods.slice(1).entries()) {
      const reply = await room.ask(client, { id: 3, method: method + 1, params: { channel: name } });
      expect(reply).toBe(error(3, 101, "unauthorized"));
    }
  });

  test('"connect w/o params or w/o token: close 3003", a newer protocol\'s connect too', async () => {
    for (const command of [{ id: 1 }, { id: 1, params: {} }, { id: 1, params: { token: 5 } }, { id: 1, connect: {} }]) {
      expect(await room.ask(await room.socket(), command)).toBe(closing("badRequest"));
    }
  });

  test('"2nd connect: close 3003"', async () => {
    const { client } = await room.connected(grant);
    const again = { id: 2, params: { token: room.connectionToken(grant) } };
    expect(await room.ask(client, again)).toBe(closing("badRequest"));
  });

  test('"bad signature / malformed token: close 3002", counted as a failure', async () => {
    const good = room.connectionToken(grant);
    const [head, body, mac = ""] = good.split(".");
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
    // Of a grant that holds: nothing but the signature is wrong.
    const other = await room.grant(await room.channel("bo", channel.account));
    const foreign = { sub: String(other.channel), grant: other.id };
    const theirs = Buffer.from(JSON.stringify(foreign)).toString("base64url");
    const bad = ["x", "a.b.c", `${head}.${body}.`, `${none}.${body}.`, `${head}.${theirs}.${mac}`, `${good}.x`];
    for (const token of [...bad, room.subscriptionToken(grant, "x"), room.connectionToken({ ...grant, id: 99 })]) {
      const { client, failures } = await room.counted();
      expect(await room.ask(client, { id: 1, params: { token } })).toBe(closing("invalidToken"));
      expect(failures()).toBe(1);
    }
  });

  test('"token JWT expired: reply error 109 (on connect & refresh)", the connection stays open', async () => {
    const token = room.connectionToken(grant, 10);
    const { client } = await room.connected(grant, 60);
    room.clock.ahead = 12_000;
    const late = await room.socket();
    expect(await room.ask(late, { id: 1, params: { token } })).toBe(error(1, 109, "token expired"));
    expect(await room.ask(late, { id: 2, params: { token: room.connectionToken(grant) } })).toContain('"client"');
    expect(await room.ask(client, { id: 3, method: 10, params: { token } })).toBe(error(3, 109, "token expired"));
  });

  test('"exp already past after parse: 110": a refresh in the very second', async () => {
    const { client } = await room.connected(grant, 60);
    // From the start of a second, so that it is still the same one when the command arrives.
    room.clock.ahead = 10_000 - (Date.now() % 1000);
    const token = room.connectionToken(grant, 1);
    room.clock.ahead += 1000;
    expect(await room.ask(client, { id: 3, method: 10, params: { token } })).toBe(error(3, 110, "expired"));
  });

  test("refresh: no token closes 3003, a bad or another user's one 3002", async () => {
    const other = await room.grant(await room.channel("bo", channel.account));
    const refresh = async (params: object) =>
      room.ask((await room.connected(grant)).client, { id: 3, method: 10, params });
    expect(await refresh({})).toBe(closing("badRequest"));
    expect(await refresh({ token: "x" })).toBe(closing("invalidToken"));
    expect(await refresh({ token: room.connectionToken(other) })).toBe(closing("invalidToken"));
  });

  test('"no auth in time: close 3007"', async () => {
    const client = await room.socket();
    const { client: known } = await room.connected(grant);
    room.clock.tick(1000);
    expect(client.end).toBeUndefined();
    room.clock.ahead = 6000;
    room.clock.tick(1000);
    expect(await client.ended()).toBe(3007);
    expect(client.end?.reason).toBe('{"reason":"stale","reconnect":false}');
    expect(known.end).toBeUndefined();
  });

  test('"unknown method int: error 104"', async () => {
    const { client } = await room.connected(grant);
    expect(await room.ask(client, { id: 3, method: 12 })).toBe(error(3, 104, "method not found"));
  });

  test('"subscribe: channel >255 or >128 channels: 106"; no channel closes 3003', async () => {
    const { client, id } = await room.connected(grant);
    const subscribe = (params: object) => room.ask(client, { id: 3, method: 1, params });
    expect(await subscribe({ channel: "$".repeat(256) })).toBe(error(3, 106, "limit exceeded"));
    for (let i = 0; i < 128; i++) {
      const other = await room.grant(await room.channel(`c${i}`, channel.account));
      room.subscribe(client, other, id);
      await client.got(1 + 1 + 2 * (i + 1));
      room.clock.ahead += 1000;
    }
    room.clock.ahead += 20_000;
    expect(await subscribe({ channel: name, token: room.subscriptionToken(grant, id) })).toBe(
      error(3, 106, "limit exceeded"),
    );
    expect(await subscribe({})).toBe(closing("badRequest"));
  });

  test('"already subscribed: 105"; "unknown namespace: 102"', async () => {
    const { client, id } = await room.subscribed(grant);
    const token = room.subscriptionToken(grant, id);
    const subscribe = (of: string) => room.ask(client, { id: 3, method: 1, params: { channel: of, token } });
    expect(await subscribe(name)).toBe(error(3, 105, "already subscribed"));
    for (const of of ["news", "$widgets:goal_1", "$:x"]) {
      expect(await subscribe(of)).toBe(error(3, 102, "namespace not found"));
    }
  });

  test('"private channel: bad token, claims.client≠conn client, claims.channel≠channel: 103"', async () => {
    const { client, id } = await room.connected(grant);
    const weak = await room.grant(channel, ["oauth-user-show"]);
    const ended = await room.grant(channel);
    await room.store.grants.revoke(ended.id);
    const tokens = [
      "",
      "x",
      room.connectionToken(grant),
      room.subscriptionToken(grant, "another client"),
      room.subscriptionToken(grant, id, "$alerts:donation_99"),
      room.subscriptionToken(weak, id),
      room.subscriptionToken(ended, id),
    ];
    for (const token of tokens) {
      const reply = await room.ask(client, { id: 3, method: 1, params: { channel: name, token } });
      expect(reply).toBe(error(3, 103, "permission denied"));
    }
    const foreign = { channel: "$alerts:donation_99", token: room.subscriptionToken(grant, id, "$alerts:donation_99") };
    expect(await room.ask(client, { id: 3, method: 1, params: foreign })).toBe(error(3, 103, "permission denied"));
  });

  test('"private channel: expired token: 109"; "sub_refresh bad token: 107"', async () => {
    const { client, id } = await room.subscribed(grant);
    const expired = room.subscriptionToken(grant, id, name, 5);
    room.clock.ahead = 7000;
    const refresh = (params: object) => room.ask(client, { id: 3, method: 11, params });
    expect(await refresh({ channel: name, token: expired })).toBe(error(3, 109, "token expired"));
    expect(await refresh({ channel: name, token: "x" })).toBe(error(3, 107, "bad request"));
    expect(await refresh({ channel: "$alerts:x", token: expired })).toBe(error(3, 103, "permission denied"));
    await room.ask(client, { id: 4, method: 2, params: { channel: name } });
    const again = { id: 3, method: 1, params: { channel: name, token: expired } };
    expect(await room.ask(client, again)).toBe(error(3, 109, "token expired"));
    expect(await refresh({})).toBe(closing("badRequest"));
  });

  test('"connection expiry passed w/o refresh in 25 s: close 3005; subscription likewise 3006"', async () => {
    const { client: connection } = await room.connected(grant, 10);
    const { client: refreshed } = await room.connected(grant, 10);
    const { client: subscription, id } = await room.connected(grant);
    room.subscribe(subscription, grant, id, { token: room.subscriptionToken(grant, id, name, 10) });
    await subscription.got(3);
    room.clock.ahead = 34_000;
    room.clock.tick(1000);
    for (const client of [connection, refreshed, subscription]) expect(client.end).toBeUndefined();
    await room.ask(refreshed, { id: 2, method: 10, params: { token: room.connectionToken(grant, 60) } });
    room.clock.ahead = 37_000;
    room.clock.tick(1000);
    expect(await connection.ended()).toBe(3005);
    expect(await subscription.ended()).toBe(3006);
    expect(connection.end?.reason).toBe('{"reason":"expired","reconnect":true}');
    expect(subscription.end?.reason).toBe('{"reason":"subscription expired","reconnect":true}');
    expect(refreshed.end).toBeUndefined();
  });

  test('"stream position wrong: close 3010": a publication that cannot be said', async () => {
    const { client } = await room.subscribed(grant);
    await room.event(channel.id, { amount: { minor: 1, exponent: 0, currency: "USD" } as never });
    expect(await client.ended()).toBe(3010);
    expect(client.end?.reason).toBe('{"reason":"insufficient state","reconnect":true}');
  });

  test("presence and history of a channel that one is not in: 103, of no namespace: 102, of none: 3003", async () => {
    const { client } = await room.connected(grant);
    for (const method of [4, 5, 6]) {
      const of = (params: object) => room.ask(client, { id: 3, method, params });
      expect(await of({ channel: name })).toBe(error(3, 103, "permission denied"));
      expect(await of({ channel: "news" })).toBe(error(3, 102, "namespace not found"));
    }
    expect(await room.ask(client, { id: 3, method: 4 })).toBe(closing("badRequest"));
  });

  test("close reasons are JSON with `reconnect`: on shutdown, to a client that reads nothing, after a revocation", async () => {
    const stopping = await room.subscribed(grant);
    stopping.client.socket.peer?.events?.shutdown();
    expect(await stopping.client.ended()).toBe(3001);
    expect(stopping.client.end?.reason).toBe('{"reason":"shutdown","reconnect":true}');
    const slow = await room.subscribed(grant);
    slow.client.socket.peer?.events?.stalled();
    expect(await slow.client.ended()).toBe(3008);
    expect(slow.client.end?.reason).toBe('{"reason":"slow","reconnect":true}');
    const revoked = await room.subscribed(grant);
    await room.store.grants.revoke(grant.id);
    expect(await revoked.client.ended()).toBe(3012);
    expect(revoked.client.end?.reason).toBe('{"reason":"force disconnect","reconnect":false}');
  });

  test("the socket's own ping every 25 s", async () => {
    const { client } = await room.connected(grant);
    for (let second = 0; second < 50; second++) room.clock.tick(1000);
    expect(client.socket.pings).toBe(2);
  });
});

describe("limits", () => {
  test("more sockets of one grant than allowed: 106; a surplus of frames is dropped in silence", async () => {
    for (let i = 0; i < room.socketsPerKey; i++) await room.connected(grant);
    const more = await room.socket();
    const reply = await room.ask(more, { id: 1, params: { token: room.connectionToken(grant) } });
    expect(reply).toBe('{"id":1,"error":{"code":106,"message":"limit exceeded"}}\n');
    for (let i = 1; i < 70; i++) more.send('{"id":2,"method":7}');
    expect(await more.settled()).toHaveLength(room.messagesPer10s);
    expect(more.end).toBeUndefined();
  });

  test("when the last one leaves, nothing is followed any more", async () => {
    const { client } = await room.subscribed(grant);
    expect(room.hub.followedChannels).toBe(1);
    client.socket.close(1000, "");
    await until(() => room.hub.followedChannels === 0);
    expect(room.grants.sessionsOf(grant)).toBe(0);
  });

  test("an owner who is none any more takes their grants along", async () => {
    const bo = await room.account("bo");
    await room.directory.setMember(channel.id, bo, "owner");
    const theirs = { ...grant, account: bo };
    const access = { hash: "bo", expiresAt: room.clock.now() + 1000 };
    const { client } = await room.subscribed(await room.store.grants.issue(theirs, { access }));
    await room.directory.removeMember(channel.id, bo);
    expect(await client.ended()).toBe(3012);
  });

  test("new settings of the channel are in the next push", async () => {
    const { client } = await room.subscribed(grant);
    await room.directory.setChannel(channel.id, { title: "Ana rests" });
    await room.gate.reconcile();
    await client.settled();
    await room.event(channel.id);
    expect((await client.got(4))[3]).toContain('"recipient_name":"Ana rests"');
  });
});
