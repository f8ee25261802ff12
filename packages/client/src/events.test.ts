import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { TipwireError } from "./error.ts";
import { events } from "./events.ts";
import { quickClock } from "./testing/quick-clock.ts";
import { ScriptedServer } from "./testing/scripted-server.ts";

test("a loop over a channel goes on over interruptions and ends by break", async () => {
  await using server = await ScriptedServer.start();
  for (let i = 0; i < 3; i++) server.append();
  const ids: string[] = [];
  for await (const event of events({
    url: server.url,
    token: "t",
    after: "oldest",
    WebSocket,
    clock: quickClock(50),
  })) {
    ids.push(event.id);
    if (ids.length === 3) {
      server.drop();
      server.append();
    }
    if (ids.length === 4) break;
  }
  assert.deepEqual(ids, ["e1", "e2", "e3", "e4"]);
});

test("a slow loop lets go of the connection and gets every event all the same", async () => {
  await using server = await ScriptedServer.start();
  for (let i = 0; i < 3500; i++) server.append();
  let read = 0;
  for await (const event of events({ url: server.url, token: "t", after: "oldest", WebSocket })) {
    read++;
    assert.equal(event.id, `e${read}`);
    if (read === 1) await server.left.count(1);
    if (read === 3500) break;
  }
  assert.ok(server.visits.items.length >= 2);
});

test("a loop ends quietly by a signal, and throws where going on is useless", async () => {
  await using server = await ScriptedServer.start();
  const controller = new AbortController();
  const reading = (async () => {
    for await (const _ of events({ url: server.url, token: "t", WebSocket, signal: controller.signal }));
  })();
  await server.visits.count(1);
  controller.abort();
  await reading;

  server.closing = { code: 4503, reason: "" };
  await assert.rejects(
    events({ url: server.url, token: "t", WebSocket }).next(),
    (error) => error instanceof TipwireError && error.code === "token_revoked",
  );
});
