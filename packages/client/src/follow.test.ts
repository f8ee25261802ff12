import assert from "node:assert/strict";
import { test } from "node:test";
import { follow } from "./follow.ts";
import { Followed } from "./testing/followed.ts";
import { quickClock } from "./testing/quick-clock.ts";
import { ScriptedServer } from "./testing/scripted-server.ts";
import type { TransportName } from "./transport.ts";

const all: readonly TransportName[] = ["websocket", "sse", "poll"];

for (const transport of all) {
  test(`${transport}: gives what happens from now on, each event once, and tells where it stands`, async () => {
    await using server = await ScriptedServer.start();
    server.append();
    await using followed = new Followed(server, { transports: [transport], channel: "a slug/1", token: "secret" });
    const { hello } = await followed.live();
    assert.equal(hello?.channel.slug, transport === "poll" ? undefined : "ann");
    if (transport === "poll") await server.visits.count(2);
    server.append();
    server.append({ message: "две строки\nюникод 🎁" });
    assert.deepEqual(await followed.ids(2), ["e2", "e3"]);
    assert.deepEqual(followed.events.items, server.events.slice(1));
    assert.equal(followed.follower.cursor, server.head);
    assert.equal(server.visits.items[0]?.token, "secret");
  });

  test(`${transport}: starts where it is told, and resumes behind the last event when the connection breaks`, async () => {
    await using server = await ScriptedServer.start();
    for (let i = 0; i < 3; i++) server.append();
    const after = server.events[0]?.cursor;
    await using followed = new Followed(server, { transports: [transport], after, clock: quickClock(50) });
    assert.deepEqual(await followed.ids(2), ["e2", "e3"]);
    for (let i = 4; i < 14; i++) {
      server.drop();
      server.append();
      await followed.events.count(i - 1);
    }
    assert.deepEqual(followed.events.items, server.events.slice(1));
  });

  test(`${transport}: a cursor that does not fit is told, and it goes on from where the server says`, async () => {
    await using server = await ScriptedServer.start();
    server.append();
    await using followed = new Followed(server, { transports: [transport], after: "oldest", clock: quickClock(50) });
    await followed.ids(1);
    server.drop();
    server.restore("bbbbbbbb");
    server.append({ id: "f1" });
    await followed.resets.count(1);
    assert.deepEqual(await followed.ids(2), ["e1", "f1"]);
    assert.equal(followed.follower.cursor, "bbbbbbbb.1");
  });

  test(`${transport}: stops for good where coming back is useless, with the server's own words`, async () => {
    await using server = await ScriptedServer.start();
    const doc = "http://localhost/docs/errors#token_expired";
    server.refusal = { status: 401, body: JSON.stringify({ code: "token_expired", message: "It has expired.", doc }) };
    server.closing = { code: 4502, reason: "It has expired." };
    await using followed = new Followed(server, { transports: [transport] });
    const error = await followed.follower.done;
    assert.equal(error?.code, "token_expired");
    assert.equal(error?.message, "It has expired.");
    assert.equal(error?.status, transport === "websocket" ? 4502 : 401);
    assert.equal(server.visits.items.length, 1);
    assert.deepEqual(followed.follower.state, { status: "stopped", error });
  });

  test(`${transport}: stops at once when told to, also through a signal, and says nothing more`, async () => {
    await using server = await ScriptedServer.start();
    const controller = new AbortController();
    await using followed = new Followed(server, { transports: [transport], signal: controller.signal });
    await followed.live();
    controller.abort();
    assert.equal(await followed.follower.done, null);
    server.append();
    assert.deepEqual(followed.events.items, []);
    assert.deepEqual(followed.states.items.at(-1), { status: "stopped", error: null });
  });
}

test("comes back after every close code below 4500, and stops at all above", async () => {
  await using server = await ScriptedServer.start();
  for (const code of [1001, 1012, 4000, 4001, 4499]) {
    await using followed = new Followed(server, { transports: ["websocket"], clock: quickClock(50) });
    await followed.live();
    for (const session of server.sessions) session.close(code, "");
    await followed.live(2);
  }
  for (const code of [4500, 4503, 4504, 4999]) {
    await using followed = new Followed(server, { transports: ["websocket"] });
    await followed.live();
    for (const session of server.sessions) session.close(code, "");
    assert.equal((await followed.follower.done)?.status, code);
  }
});

test("a server that is busy is left alone for as long as it asks", async () => {
  await using server = await ScriptedServer.start();
  const body = JSON.stringify({ code: "too_many_failures", message: "Wait a little.", doc: "" });
  server.refusal = { status: 429, body, headers: { "retry-after": "7" } };
  await using followed = new Followed(server, { transports: ["sse"], clock: quickClock(20) });
  const waiting = await followed.states.find(({ status }) => status === "waiting");
  assert.deepEqual(waiting, { status: "waiting", milliseconds: 7125, reason: "Wait a little." });
  server.refusal = undefined;
  await followed.live();
});

for (const transport of ["sse", "poll"] as const) {
  test(`${transport}: what a proxy answers while the server is away ends nothing`, async () => {
    await using server = await ScriptedServer.start();
    server.refusal = { status: 404, body: "404 page not found" };
    await using followed = new Followed(server, { transports: [transport], clock: quickClock(50) });
    const waiting = await followed.states.find(({ status }) => status === "waiting");
    assert.match(waiting.status === "waiting" ? waiting.reason : "", /not Tipwire answered 404/);
    server.refusal = undefined;
    await followed.live();
    server.append();
    assert.deepEqual(await followed.ids(1), ["e1"]);
  });
}

test("waits longer from try to try, up to five seconds, and starts small again after an event", async () => {
  await using server = await ScriptedServer.start();
  server.manners.sse = "blocked";
  await using followed = new Followed(server, { transports: ["sse"], clock: quickClock(100), random: () => 1 });
  const waits = (count: number) =>
    followed.states.when((states) => {
      const all = states.flatMap((state) => (state.status === "waiting" ? state.milliseconds : []));
      return all.length >= count && all.slice(0, count);
    });
  assert.deepEqual(await waits(7), [250, 500, 1000, 2000, 4000, 5000, 5000]);
  server.manners.sse = "open";
  await followed.live();
  server.append();
  await followed.ids(1);
  const before = followed.states.items.length;
  server.drop();
  const next = await followed.states.when((states) => states.slice(before).find((state) => state.status === "waiting"));
  assert.equal(next.milliseconds, 250);
});

test("three WebSockets that are not let in, then SSE, then long-polling; nothing is lost on the way", async () => {
  await using server = await ScriptedServer.start();
  server.append();
  server.manners.websocket = "blocked";
  server.manners.sse = "blocked";
  await using followed = new Followed(server, { after: "oldest", clock: quickClock(50) });
  assert.equal((await followed.live()).transport, "poll");
  assert.deepEqual(server.turnedAway.items, ["websocket", "websocket", "websocket", "sse"]);
  server.append();
  assert.deepEqual(await followed.ids(2), ["e1", "e2"]);
});

test("an upgrade or a stream that is held back without an answer counts as not let in", async () => {
  await using server = await ScriptedServer.start();
  server.manners.websocket = "stalled";
  server.manners.sse = "stalled";
  await using followed = new Followed(server, { clock: quickClock(50) });
  assert.equal((await followed.live()).transport, "poll");
  assert.deepEqual(server.turnedAway.items, ["websocket", "websocket", "websocket", "sse"]);
});

test("goes back up to the WebSocket once it works, without a gap", async () => {
  await using server = await ScriptedServer.start();
  server.manners.websocket = "blocked";
  server.keepalive = 3600;
  await using followed = new Followed(server, { clock: quickClock(200) });
  assert.equal((await followed.live()).transport, "sse");
  // One look that finds it still blocked.
  await server.turnedAway.count(4);
  server.append();
  server.manners.websocket = "open";
  await followed.states.find((state) => state.status === "live" && state.transport === "websocket");
  server.append();
  assert.deepEqual(await followed.ids(2), ["e1", "e2"]);
});

test("a server that is away for a while is found again by the best transport", async () => {
  const server = await ScriptedServer.start();
  await using followed = new Followed(server, { clock: quickClock(100) });
  await followed.live();
  const { port } = server;
  await server.stop();
  // Longer than it takes to try every transport.
  await followed.states.when((states) => states.filter(({ status }) => status === "waiting").length > 8);
  await using again = await ScriptedServer.start(port);
  await followed.live(2);
  await followed.states.find((state) => state.status === "live" && state.transport === "websocket");
  again.append();
  await followed.events.count(1);
});

for (const transport of ["websocket", "sse"] as const) {
  test(`${transport}: a connection on which nothing comes for two keepalives and five seconds is given up`, async () => {
    await using server = await ScriptedServer.start();
    server.keepalive = 1;
    const clock = quickClock(20);
    await using followed = new Followed(server, { transports: [transport], clock });
    await followed.live();
    const opened = clock.now();
    const lost = await followed.states.find(({ status }) => status === "waiting");
    assert.equal(lost.status === "waiting" && lost.reason, "nothing came for too long");
    assert.ok(clock.now() - opened >= 6900);
    await followed.live(2);
  });

  test(`${transport}: keepalives keep a quiet connection`, async () => {
    await using server = await ScriptedServer.start();
    server.keepalive = 1;
    const clock = quickClock(20);
    await using followed = new Followed(server, { transports: [transport], clock });
    await followed.live();
    await new Promise<void>((resolve) => {
      let left = 8;
      const beat = () => {
        for (const session of server.sessions) session.comment();
        if (left-- > 0) clock.after(2000, beat);
        else resolve();
      };
      beat();
    });
    assert.deepEqual(
      followed.states.items.map(({ status }) => status),
      ["connecting", "live"],
    );
  });

  test(`${transport}: asked to come back, it does so at a random moment within what the server allows`, async () => {
    await using server = await ScriptedServer.start();
    await using followed = new Followed(server, { transports: [transport], clock: quickClock(5), random: () => 0.5 });
    await followed.live();
    for (const session of server.sessions) session.say({ type: "reconnect", within: 3000 });
    const waiting = await followed.states.find(({ status }) => status === "waiting");
    assert.deepEqual(waiting, { status: "waiting", milliseconds: 1500, reason: "the server is restarting" });
    server.append();
    assert.deepEqual(await followed.ids(1), ["e1"]);
  });
}

test("an event that comes again, and messages of a later version, are passed over", async () => {
  await using server = await ScriptedServer.start();
  await using followed = new Followed(server, { transports: ["websocket"] });
  await followed.live();
  const event = server.append();
  for (const session of server.sessions) {
    session.say(event);
    session.say({ type: "weather" } as never);
  }
  server.append();
  assert.deepEqual(await followed.ids(2), ["e1", "e2"]);
});

test("a message that is no JSON ends the connection, not the following", async () => {
  await using server = await ScriptedServer.start();
  await using followed = new Followed(server, { transports: ["websocket"], clock: quickClock(50) });
  await followed.live();
  for (const session of server.sessions) session.say(undefined as never);
  server.append();
  assert.deepEqual(await followed.ids(1), ["e1"]);
});

test("an address that is none, and a runtime without WebSocket, are said at once", () => {
  const onEvent = () => {};
  assert.throws(() => follow({ url: "localhost 8000", token: "t", onEvent }), TypeError);
  assert.throws(() => follow({ url: "http://localhost", token: "t", transports: [], onEvent }), /no WebSocket/);
});
