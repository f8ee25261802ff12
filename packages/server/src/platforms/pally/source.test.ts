import { expect, test } from "bun:test";
import { endings } from "../../../test/endings.ts";
import { recorded } from "../../../test/recorded.ts";
import { SourceRoom } from "../../../test/source-room.ts";
import { type Line, type Script, TranscriptPlayer } from "../../../test/transcript-player.ts";
import { settled, VirtualClock } from "../../../test/virtual-clock.ts";
import { frame, opcodes } from "../../../test/websocket-frames.ts";
import { webSocketDial } from "../../http/dial.ts";
import { pallySource } from "./source.ts";

const [tip = "", anonymous = ""] = recorded("pally-tips.jsonl");

const ended = endings();

/** A node that dials what the scripts play, in virtual time. */
async function room(...scripts: readonly Script[]) {
  const clock = new VirtualClock();
  const player = await TranscriptPlayer.start(...scripts);
  const pally = pallySource({ dial: webSocketDial(clock), clock, url: player.url });
  const made = await SourceRoom.open({ clock, factories: { pally } });
  ended.push(
    () => player.stop(),
    () => Promise.all([made.close(), clock.pass(5000)]),
  );
  return { clock, player, room: made };
}

/** Accepts and answers the first ping and the self-test. */
async function welcome(line: Line): Promise<void> {
  line.accept();
  expect(await line.text()).toBe("ping");
  line.say("pong");
  const echo = JSON.parse(await line.text()) as { type: string; payload: unknown };
  expect(echo.type).toBe("echo");
  line.say(JSON.stringify(echo.payload));
}

test("by key, the firehose or a page; live with the first pong; tips are in the log as they were sent", async () => {
  const script: Script = async (line) => {
    await welcome(line);
    line.say(tip, anonymous);
    await line.ended();
  };
  const { room: node, player } = await room(script, script);
  const all = await node.connect("pally", "k/e+y");
  await node.state(all.id, "live");
  const page = await node.connect("pally", "key", "ann&co");
  await node.state(page.id, "live");
  expect(player.requests).toEqual([
    "/?auth=k%2Fe%2By&channel=firehose",
    "/?auth=key&channel=activity-feed&room=ann%26co",
  ]);
  const records = await node.records(2);
  expect(records.map(({ event, arrival }) => [event.externalId, event.name, arrival])).toEqual([
    ["b1w2pjwjtb9fx0v1se9ex4n2", "Someone", "live"],
    ["c2w2pjwjtb9fx0v1se9ex4n3", null, "live"],
  ]);
  expect(await node.store.log.raw(node.channel, 1)).toBe(tip);
});

test("what keeps the line alive is neither stored nor kept: pong in any case and form, pings of theirs", async () => {
  const { room: node } = await room(async (line) => {
    line.accept();
    expect(await line.text()).toBe("ping");
    line.ping("control");
    line.say("ping", '{"type":"ping"}', "PONG", " Pong\n", '"pong"', '{"type":"pong","at":1}', tip);
    expect((await line.next(opcodes.pong)).payload.toString()).toBe("control");
    await line.ended();
  });
  const { id } = await node.connect("pally", "key");
  await node.records(1);
  expect(await node.state(id, "live")).toMatchObject({ reason: "" });
  expect(await node.store.quarantine.notes(id)).toEqual([]);
  expect((await node.connection(id)).quarantined).toBe(0);
});

test.each([
  ["a pong", "pong"],
  ["a pong as JSON", '{"type":"pong"}'],
  ["a tip", tip],
])("an open line is not live yet; %s makes it so", async (_, proof) => {
  const heard = Promise.withResolvers<void>();
  const speak = Promise.withResolvers<void>();
  const { room: node } = await room(async (line) => {
    line.accept();
    await line.text();
    line.say("ping");
    line.ping();
    await line.next(opcodes.pong);
    heard.resolve();
    await speak.promise;
    line.say(proof);
    await line.ended();
  });
  const { id } = await node.connect("pally", "key");
  await heard.promise;
  await settled();
  expect((await node.connection(id)).state?.status).toBe("connecting");
  speak.resolve();
  await node.state(id, "live");
});

test("the self-test: its answer, wrapped or not, and that of others never reach the log; none is a warning", async () => {
  const answer = Promise.withResolvers<void>();
  const { room: node, clock } = await room(async (line) => {
    line.accept();
    await line.text();
    line.say("pong");
    const echo = await line.text();
    const { payload } = JSON.parse(echo) as { payload: { id: string } };
    expect(payload.id).toMatch(/^[0-9a-f-]{36}$/);
    line.say(JSON.stringify({ ...payload, id: "of somebody else" }), JSON.stringify({ type: "echo", payload: {} }));
    await answer.promise;
    line.say(echo, JSON.stringify(payload), tip);
    await line.ended();
  });
  const { id } = await node.connect("pally", "key");
  await node.state(id, "live");
  const [foreign] = await node.noted(id, 1);
  expect(foreign?.what).toBe('type "echo"');
  await clock.pass(10_000);
  const { state } = await node.connection(id);
  expect(state).toMatchObject({ status: "live", warning: expect.stringContaining("self-test") });
  answer.resolve();
  expect(await node.records(1)).toHaveLength(1);
  await node.until(async () => (await node.connection(id)).state?.warning === undefined || undefined);
  expect(await node.store.quarantine.notes(id)).toHaveLength(1);
});

test("a ping a minute; without an answer within ten seconds the line is dead, and the gap begins where it was last heard", async () => {
  const { room: node, clock } = await room(
    async (line) => {
      await welcome(line);
      expect(await line.text()).toBe("ping");
      line.say("Pong");
      expect(await line.text()).toBe("ping");
      await line.ended();
    },
    async (line) => {
      await welcome(line);
      await line.ended();
    },
  );
  const { id } = await node.connect("pally", "key");
  await node.state(id, "live");
  await clock.pass(60_000);
  const heard = clock.now();
  await node.until(async () => ((await node.connection(id)).state?.heardAt === heard ? true : undefined));
  await clock.pass(69_999);
  expect((await node.connection(id)).state?.status).toBe("live");
  await clock.pass(1);
  const { reason } = await node.state(id, "waiting");
  expect(reason).toBe("Pally did not answer within 10 seconds.");
  await clock.pass(500);
  const { gaps } = await node.state(id, "live");
  expect(gaps).toEqual([{ from: heard, to: clock.now() }]);
});

test("pings and pongs of the protocol's own are no answer to the text: they may be a proxy's", async () => {
  const lines: Line[] = [];
  const { room: node, clock } = await room(async (line) => {
    lines.push(line);
    await welcome(line);
    await line.ended();
  });
  const { id } = await node.connect("pally", "key");
  const { since } = await node.state(id, "live");
  const [line] = lines;
  for (let second = 1; second < 70; second++) {
    line?.ping();
    await line?.next(opcodes.pong);
    line?.bytes(frame("", { masked: false, opcode: opcodes.pong }));
    await clock.pass(1000);
  }
  await settled();
  expect((await node.connection(id)).state).toMatchObject({ status: "live", since });
  await clock.pass(1000);
  const { reason, heardAt } = await node.state(id, "waiting");
  expect(reason).toBe("Pally did not answer within 10 seconds.");
  expect(heardAt).toBe(since);
});

test.each([
  [1000, "waiting"],
  [1001, "waiting"],
  [1006, "waiting"],
  [1011, "waiting"],
  [1012, "waiting"],
  [1008, "needs-authorization"],
  [4000, "needs-authorization"],
  [4001, "needs-authorization"],
] as const)("closed with %d: %s", async (code, status) => {
  const { room: node } = await room(async (line) => {
    await welcome(line);
    if (code === 1006) line.drop();
    else await line.close(code, "bye");
  });
  const { id } = await node.connect("pally", "key");
  const { reason } = await node.state(id, status);
  expect(reason).toContain(String(code));
});

test.each([
  [401, "needs-authorization", "Pally does not accept the API key (HTTP 401)."],
  [403, "needs-authorization", "Pally does not accept the API key (HTTP 403)."],
  [404, "waiting", "Pally knows no such page, or the API key does not cover it (HTTP 404)."],
  [429, "waiting", "Pally refused the connection (HTTP 429)."],
  [502, "waiting", "Pally refused the connection (HTTP 502)."],
] as const)("refused with %d: %s", async (httpStatus, status, reason) => {
  const { room: node, player, clock } = await room((line) => line.refuse(httpStatus, "geheim"));
  const { id } = await node.connect("pally", "geheim");
  expect((await node.state(id, status)).reason).toBe(reason);
  await clock.pass(400);
  expect(player.requests).toHaveLength(1);
});

test("a key that is not accepted is not tried again before a person brings another", async () => {
  const { room: node, player, clock } = await room((line) => line.refuse(401, ""));
  const { id } = await node.connect("pally", "key");
  await node.state(id, "needs-authorization");
  await clock.pass(600_000);
  expect(player.requests).toHaveLength(1);
});

test("every odd frame: what is a tip is stored, what may be one is kept to be read again, the rest is noted", async () => {
  const odd = (fields: object, page: object = {}) => {
    const frame = JSON.parse(tip) as { payload: { campaignTip: object; page: object }; also?: unknown };
    Object.assign(frame.payload.campaignTip, fields);
    Object.assign(frame.payload.page, page);
    frame.also = { undocumented: [1] };
    return JSON.stringify(frame);
  };
  const unreadable = ["Internal Server Error", "null", odd({ id: "" }), odd({ grossAmountInCents: "x" })];
  const stored = [
    odd({ id: "null", displayName: null }),
    odd({ id: "empty", displayName: "" }),
    odd({ id: "bare", displayName: undefined, message: undefined, createdAt: undefined, netAmountInCents: undefined }),
    odd({ id: "binary", displayName: "Größe 🎁" }),
  ];
  const { room: node, clock } = await room(async (line) => {
    await welcome(line);
    line.say(...unreadable, '{"type":"campaigntip.deleted","payload":{}}', ...stored.slice(0, 3));
    line.bytes(frame(stored[3] ?? "", { opcode: opcodes.binary, masked: false }));
    await line.ended();
  });
  const { id } = await node.connect("pally", "key");
  const records = await node.records(4);
  expect(records.map(({ event: { externalId, name, anonymous } }) => [externalId, name, anonymous])).toEqual([
    ["null", null, true],
    ["empty", null, true],
    ["bare", null, true],
    ["binary", "Größe 🎁", false],
  ]);
  expect(records[2]?.event.occurredAt).toBe(new Date(clock.now()).toISOString());
  expect((await node.quarantined(id, 4)).map(({ raw }) => raw)).toEqual(unreadable);
  expect(await node.noted(id, 1)).toMatchObject([{ what: 'type "campaigntip.deleted"' }]);
});

test("the same tip within ten seconds is the same, later it is shown again; on whichever of two sockets", async () => {
  const again = Promise.withResolvers<void>();
  const script: Script = async (line) => {
    await welcome(line);
    line.say(tip, tip);
    await again.promise;
    line.say(tip, tip);
    await line.ended();
  };
  const { room: node, clock } = await room(script, script);
  const ids = [(await node.connect("pally", "key")).id, (await node.connect("pally", "key", "pally")).id];
  for (const id of ids) await node.state(id, "live");
  await node.records(1);
  await clock.pass(10_001);
  expect(await node.all()).toHaveLength(1);
  again.resolve();
  const [first, second] = await node.records(2);
  expect([second?.kind, second?.replayOf]).toEqual(["replay", first?.id as string]);
  await clock.pass(9_000);
  expect(await node.all()).toHaveLength(2);
});

test("what a connection needs is said where it is missing, and a page may be given by its address", () => {
  const { accept } = pallySource({ dial: () => Promise.reject(), clock: new VirtualClock(), url: "" });
  const page = (text: string) => accept({ slug: "ann", key: "key", page: text });
  expect(accept({ slug: "ann", key: "", page: "" })).toContain("API key");
  expect(accept({ slug: "ann", key: "two words", page: "" })).toContain("API key");
  expect(page("")).toEqual({ account: "firehose", name: "all pages", secret: "key" });
  expect(page("https://pally.gg/p/ann")).toEqual({ account: "ann", name: "ann", secret: "key" });
  expect(page("a/b")).toContain("last part");
});

test("until when Pally was listened to is noted with every pong: a run that ends without a word costs a minute at most", async () => {
  const { room: node, clock } = await room(
    async (line) => {
      await welcome(line);
      for (let minute = 1; minute <= 2; minute++) {
        await line.text();
        line.say("pong");
      }
      await line.ended();
    },
    async (line) => {
      await welcome(line);
      await line.ended();
    },
  );
  const { id } = await node.connect("pally", "key");
  const begun = (await node.state(id, "live")).since;
  for (const minute of [1, 2]) {
    await clock.pass(60_000);
    await node.until(async () =>
      (await node.connection(id)).state?.heardAt === begun + minute * 60_000 ? true : undefined,
    );
  }
  await clock.pass(30_000);
  await node.store.connections.setWanted(id, false);
  await node.state(id, "stopped");
  await node.store.connections.setWanted(id, true);
  const { gaps, since } = await node.state(id, "live");
  expect(gaps).toEqual([{ from: begun + 120_000, to: since }]);
});

test.each([
  ["after a close frame", 1001, 20_000],
  ["after a line that broke, when it was last heard", 1006, 0],
] as const)("a gap begins %s", async (_, code, from) => {
  const end = Promise.withResolvers<void>();
  const { room: node, clock } = await room(
    async (line) => {
      await welcome(line);
      await end.promise;
      if (code === 1006) line.drop();
      else await line.close(code);
    },
    async (line) => {
      await welcome(line);
      await line.ended();
    },
  );
  const { id } = await node.connect("pally", "key");
  const begun = (await node.state(id, "live")).since;
  await clock.pass(20_000);
  end.resolve();
  await node.state(id, "waiting");
  await clock.pass(500);
  const { gaps, since } = await node.state(id, "live");
  expect(gaps).toEqual([{ from: begun + from, to: since }]);
});
