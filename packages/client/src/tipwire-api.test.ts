import assert from "node:assert/strict";
import { test } from "node:test";
import { TipwireError } from "./error.ts";
import { ScriptedServer } from "./testing/scripted-server.ts";
import { TipwireApi } from "./tipwire-api.ts";

interface Asked {
  readonly line: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

/** Answers every request with `answer`, and notes what was asked. */
function answering(server: ScriptedServer, answer: unknown, status = 200): Asked[] {
  const asked: Asked[] = [];
  server.handle = (request, body, response) => {
    asked.push({
      line: `${request.method} ${request.url}`,
      key: request.headers["idempotency-key"] as string | undefined,
      body: body === "" ? undefined : JSON.parse(body),
    });
    assert.equal(request.headers.authorization, "Bearer tw_1_secret");
    if (status === 204) response.writeHead(204).end();
    else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  };
  return asked;
}

const calls: readonly [string, unknown, (api: TipwireApi) => Promise<unknown>][] = [
  ["GET /v1/me", undefined, (api) => api.whoAmI()],
  ["GET /v1/server", undefined, (api) => api.info()],
  ["GET /v1/accounts", undefined, (api) => api.accounts()],
  ["POST /v1/accounts", { name: "ann" }, (api) => api.createAccount("ann")],
  ["GET /v1/channels", undefined, (api) => api.channels()],
  ["GET /v1/channels/ann", undefined, (api) => api.channel("ann")],
  ["POST /v1/channels", { slug: "ann", title: "Ann" }, (api) => api.createChannel({ slug: "ann", title: "Ann" })],
  ["PATCH /v1/channels/ann", { title: "Anna" }, (api) => api.setChannel("ann", { title: "Anna" })],
  ["GET /v1/channels/ann/members", undefined, (api) => api.members("ann")],
  ["PUT /v1/channels/ann/members/bob%2F1", { role: "owner" }, (api) => api.setMember("ann", "bob/1", "owner")],
  ["DELETE /v1/channels/ann/members/bob", undefined, (api) => api.removeMember("ann", "bob")],
  ["POST /v1/channels/ann/token", { graceSeconds: 60 }, (api) => api.rotateToken("ann", { graceSeconds: 60 })],
  ["GET /v1/keys", undefined, (api) => api.keys()],
  ["POST /v1/keys", { name: "bot" }, (api) => api.createKey({ name: "bot" })],
  ["DELETE /v1/keys/3", undefined, (api) => api.revokeKey("3")],
  ["POST /v1/channels/ann/events", { amount: "5.00" }, (api) => api.send("ann", { amount: "5.00" })],
  ["GET /v1/channels/ann/media", undefined, (api) => api.media("ann")],
  ["DELETE /v1/channels/ann/media/0a%2F1", undefined, (api) => api.removeMedia("ann", "0a/1")],
  ["POST /v1/channels/ann/events/e1/replay", undefined, (api) => api.replay("ann", "e1")],
  [
    "POST /v1/channels/ann/import",
    { format: "jsonl", session: "s", lines: [{ line: 1, text: "{}" }] },
    (api) => api.importChunk("ann", { format: "jsonl", session: "s", lines: [{ line: 1, text: "{}" }] }),
  ],
];

test("a file is sent as it is, and sent again where the connection broke", async () => {
  await using server = await ScriptedServer.start();
  const api = new TipwireApi({ url: server.url, key: "tw_1_secret" });
  const asked: string[] = [];
  server.handle = (request, body, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
    if (asked.length === 1) response.destroy();
    else response.writeHead(201, { "content-type": "application/json" }).end('{"id":"0a"}');
  };
  const file = Uint8Array.from(Buffer.from("GIF89a"));
  assert.deepEqual(await api.addMedia("ann", "a & b.gif", file), { id: "0a" });
  const line = "POST /v1/channels/ann/media?name=a+%26+b.gif application/octet-stream GIF89a";
  assert.deepEqual(asked, [line, line]);
});

test("every call asks at its address, with the key", async () => {
  await using server = await ScriptedServer.start();
  const api = new TipwireApi({ url: `${server.url}/`, key: "tw_1_secret" });
  for (const [line, body, call] of calls) {
    const asked = answering(server, {}, line.startsWith("DELETE") || line.startsWith("PUT") ? 204 : 200);
    await call(api);
    assert.deepEqual(asked, [{ line, key: undefined, body }]);
  }
});

test("a page is asked for with its parameters", async () => {
  await using server = await ScriptedServer.start();
  server.append();
  server.append();
  const api = new TipwireApi({ url: server.url, key: "t" });
  const first = server.events[0]?.cursor;
  assert.deepEqual(await api.page("ann", { after: first, limit: 10, wait: 1 }), {
    events: [server.events[1]],
    cursor: server.head,
  });
  assert.equal(server.visits.items[0]?.after, first);
});

test("a refusal carries the server's code, sentence and link", async () => {
  await using server = await ScriptedServer.start();
  answering(
    server,
    { code: "name_taken", message: "That name is taken.", doc: "http://x/docs/errors#name_taken" },
    409,
  );
  const api = new TipwireApi({ url: server.url, key: "tw_1_secret" });
  await assert.rejects(api.createAccount("ann"), (error) => {
    assert.ok(error instanceof TipwireError);
    const { code, message, doc, status } = error;
    assert.deepEqual(
      { code, message, doc, status },
      { code: "name_taken", message: "That name is taken.", doc: "http://x/docs/errors#name_taken", status: 409 },
    );
    return true;
  });
});

test("what is not Tipwire, and what does not answer at all, are told apart", async () => {
  const server = await ScriptedServer.start();
  server.handle = (_request, _body, response) => response.writeHead(404).end("<h1>Not here</h1>");
  const api = new TipwireApi({ url: server.url, key: "k" });
  await assert.rejects(api.info(), { code: "unexpected_answer", status: 404 });
  server.handle = (_request, _body, response) => response.writeHead(200).end("<h1>Hello</h1>");
  await assert.rejects(api.info(), { code: "unexpected_answer", status: 200 });
  await server.stop();
  await assert.rejects(api.info(), { code: "unreachable", status: 0 });
});

test("a broken connection is tried again where that cannot store anything twice, and only there", async () => {
  await using server = await ScriptedServer.start();
  const api = new TipwireApi({ url: server.url, key: "k" });
  let requests = 0;
  server.handle = (request, _body, response) => {
    requests++;
    if (requests % 2 === 1) request.socket.destroy();
    else response.writeHead(200).end(JSON.stringify({ id: "e1", cursor: "c", status: "stored" }));
  };
  await assert.rejects(api.send("ann", { amount: "5.00" }), { code: "unreachable" });
  await assert.rejects(api.replay("ann", "e1"), { code: "unreachable" }).catch(() => {});
  requests = 0;
  assert.equal((await api.send("ann", { externalId: "x" })).id, "e1");
  assert.equal((await api.send("ann", {}, { idempotencyKey: "k1" })).id, "e1");
  assert.equal((await api.replay("ann", "e1", { idempotencyKey: "k2" })).id, "e1");
  assert.equal(requests, 6);
});
