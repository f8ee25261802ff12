import { expect, test } from "bun:test";
import { endings } from "../../../test/endings.ts";
import { recorded } from "../../../test/recorded.ts";
import { SourceRoom } from "../../../test/source-room.ts";
import { type Script, TranscriptPlayer } from "../../../test/transcript-player.ts";
import { settled, VirtualClock } from "../../../test/virtual-clock.ts";
import { frame, opcodes } from "../../../test/websocket-frames.ts";
import { webSocketDial } from "../../http/dial.ts";
import { tuniformSource } from "./source.ts";

const [handshake = "", donation = "", subscription = ""] = recorded("tuniform-session.jsonl");
const token = "0123456789abcdef".repeat(4);

const ended = endings();

const unused = { dial: () => Promise.reject(), fetch: () => Promise.reject(), url: "", listUrl: "" };

/** A node that dials what the scripts play, in virtual time. `lists`: what the list answers, one after the other. */
async function room(scripts: readonly Script[], lists?: (() => Response)[]) {
  const clock = new VirtualClock();
  const player = await TranscriptPlayer.start(...scripts);
  const asked: string[] = [];
  const tuniform = tuniformSource({
    dial: webSocketDial(clock),
    clock,
    url: `${player.url}/ws`,
    listUrl: lists === undefined ? "" : "http://list.example/?t={token}",
    fetch: async (url) => {
      asked.push(url);
      return lists?.shift()?.() ?? new Response("", { status: 500 });
    },
  });
  const made = await SourceRoom.open({ clock, factories: { tuniform } });
  ended.push(
    () => player.stop(),
    () => Promise.all([made.close(), clock.pass(5000)]),
  );
  return { clock, player, room: made, asked };
}

test("the recorded session: identified, live, two events as they were sent", async () => {
  const { room: node, player } = await room([
    async (line) => {
      line.accept();
      line.say(handshake, donation, subscription);
      await line.ended();
    },
  ]);
  const { id } = await node.connect("tuniform", token);
  const records = await node.records(2);
  await node.state(id, "live");
  expect(player.requests).toEqual([`/ws?token=${token}`]);
  expect(await node.connection(id)).toMatchObject({ account: "12345", name: "creator_kick_handle" });
  expect(records.map(({ event, arrival }) => [event.type, event.origin, event.name, arrival])).toEqual([
    ["donation", "tuniform:12345", "ahmed_ben", "live"],
    ["subscription", "tuniform:12345", "ahmed_ben", "live"],
  ]);
  expect(await node.store.log.raw(node.channel, 1)).toBe(donation);
  expect(await node.store.quarantine.notes(id)).toEqual([]);
});

const change = (text: string, fields: object) => JSON.stringify({ ...(JSON.parse(text) as object), ...fields });

/** Accepts, says the handshake and these frames, and stays until the other side leaves. */
function session(...frames: readonly string[]): Script {
  return async (line) => {
    line.accept();
    line.say(handshake, ...frames);
    await line.ended();
  };
}

test("nothing is believed before the handshake: what comes first waits for it", async () => {
  const speak = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  const { room: node } = await room([
    async (line) => {
      line.accept();
      line.say(donation, "pong");
      line.ping();
      await line.next(opcodes.pong);
      heard.resolve();
      await speak.promise;
      line.say(handshake, subscription);
      await line.ended();
    },
  ]);
  const { id } = await node.connect("tuniform", token);
  await heard.promise;
  await settled();
  expect((await node.connection(id)).state?.status).toBe("connecting");
  expect(await node.all()).toEqual([]);
  speak.resolve();
  expect((await node.records(2)).map(({ event }) => event.type)).toEqual(["donation", "subscription"]);
  expect(await node.quarantined(id, 1)).toMatchObject([{ raw: "pong" }]);
});

test("without a handshake the line is given up, and what it said can be read later", async () => {
  const { room: node, clock } = await room([
    async (line) => {
      line.accept();
      line.say('{"type":"CONNECTED","kick_username":""}', donation);
      line.ping();
      await line.ended();
    },
    session(),
  ]);
  const { id } = await node.connect("tuniform", token);
  await settled();
  await clock.pass(10_000);
  expect((await node.state(id, "waiting")).reason).toBe("Tuniform did not send its handshake.");
  expect(await node.quarantined(id, 2)).toMatchObject([{ reason: "The handshake has no user_id." }, { raw: donation }]);
  expect(await node.all()).toEqual([]);
  await clock.pass(1000);
  await node.state(id, "live");
  const connection = await node.connection(id);
  const { decode } = tuniformSource({ ...unused, clock });
  expect(decode(donation, { connection, receivedAt: clock.now() })).toMatchObject({
    status: "event",
    event: { origin: "tuniform:12345" },
  });
});

test("an empty handle on Kick, a second handshake, and one of somebody else", async () => {
  const other = change(handshake, { user_id: 6 });
  const { room: node, clock } = await room([
    async (line) => {
      line.accept();
      line.say(change(handshake, { kick_username: "" }), handshake, donation, other, subscription);
      await line.ended();
    },
    async (line) => {
      line.accept();
      line.say(other, subscription);
      await line.ended();
    },
  ]);
  const { id } = await node.connect("tuniform", token);
  const { reason } = await node.state(id, "waiting");
  expect(reason).toBe("Tuniform changed its mind whose events these are.");
  expect(await node.connection(id)).toMatchObject({ account: "12345" });
  await clock.pass(1000);
  expect((await node.state(id, "needs-authorization")).reason).toContain("another account (6)");
  expect(await node.all()).toHaveLength(1);
});

test("types that are announced are events, others are noted raw, and what lacks its money is kept to be read again", async () => {
  const poll = change(donation, { type: "poll" });
  const poor = [change(donation, { amount: null }), change(donation, { timestamp: "" }), "Bad gateway"];
  const frames = [
    change(donation, { type: "raid", amount: 0, new_field: {} }),
    poll,
    ...poor,
    change(subscription, { duration: "", streak: undefined }),
    change(subscription, { sender_username: "", kick_username: undefined }),
  ];
  const { room: node } = await room([session(...frames)]);
  const { id } = await node.connect("tuniform", token);
  const records = await node.records(3);
  expect(records.map(({ event: { type, duration, name } }) => [type, duration, name])).toEqual([
    ["raid", null, "ahmed_ben"],
    ["subscription", null, "ahmed_ben"],
    ["subscription", 30, null],
  ]);
  expect(await node.noted(id, 1)).toMatchObject([{ what: 'type "poll"', raw: poll }]);
  expect((await node.quarantined(id, 3)).map(({ raw }) => raw)).toEqual(poor);
});

test("two that are identical are two gifts on one line, and the same ones on another", async () => {
  const again = Promise.withResolvers<void>();
  const { room: node, clock } = await room([
    async (line) => {
      line.accept();
      line.say(handshake, donation, donation);
      await again.promise;
      await line.close(1001);
    },
    session(donation, donation, subscription),
  ]);
  const { id } = await node.connect("tuniform", token);
  const [one, two] = await node.records(2);
  expect(two?.event.externalId).toBe(`${one?.event.externalId}-2`);
  again.resolve();
  await node.state(id, "waiting");
  await clock.pass(1000);
  expect((await node.records(3)).map(({ event }) => event.type)).toEqual(["donation", "donation", "subscription"]);
  expect((await node.state(id, "live")).gaps).toHaveLength(1);
});

test("our own pings keep it alive; without pongs the line is dead, and the gap begins where it was last heard", async () => {
  const { room: node, clock } = await room([
    async (line) => {
      line.accept();
      line.answersPings = false;
      line.say(handshake);
      for (let i = 0; i < 4; i++) {
        await line.next(opcodes.ping);
        if (i < 3) line.bytes(frame("", { opcode: opcodes.pong, masked: false }));
      }
      await line.ended();
    },
    session(),
  ]);
  const { id } = await node.connect("tuniform", token);
  await node.state(id, "live");
  const begun = clock.now();
  for (const at of [25_000, 50_000]) {
    await clock.pass(25_000);
    await node.until(async () => ((await node.connection(id)).state?.heardAt === begun + at ? true : undefined));
  }
  await clock.pass(34_999);
  expect((await node.connection(id)).state?.status).toBe("live");
  await clock.pass(1);
  expect((await node.state(id, "waiting")).reason).toBe("Tuniform did not answer within 10 seconds.");
  await clock.pass(500);
  expect((await node.state(id, "live")).gaps).toEqual([{ from: begun + 50_000, to: clock.now() }]);
});

test.each(["Missing 'token' query parameter", "Invalid or expired token"])(
  "401, %s: a person is asked for",
  async (body) => {
    const { room: node, player, clock } = await room([(line) => line.refuse(401, body)]);
    const { id } = await node.connect("tuniform", token);
    const { reason } = await node.state(id, "needs-authorization");
    expect(reason).toBe("Tuniform does not accept the stream token (HTTP 401).");
    await clock.pass(600_000);
    expect(player.requests).toHaveLength(1);
  },
);

test.each([
  [1001, "waiting"],
  [1006, "waiting"],
  [1012, "waiting"],
  [1008, "needs-authorization"],
] as const)("closed with %d: %s", async (code, status) => {
  const { room: node } = await room([
    async (line) => {
      line.accept();
      line.say(handshake, donation);
      if (code === 1006) line.drop();
      else await line.close(code);
    },
  ]);
  const { id } = await node.connect("tuniform", token);
  await node.state(id, status);
  expect(await node.records(code === 1006 ? 0 : 1)).toBeDefined();
});

test("what a connection needs is said where it is missing; a token may come in its address", () => {
  const { accept } = tuniformSource({ ...unused, clock: new VirtualClock() });
  const given = (key: string, page = "") => accept({ slug: "ann", key, page });
  expect(given("")).toContain("64 characters");
  expect(given(token.slice(1))).toContain("64 characters");
  expect(given(token, "page")).toContain("no pages");
  const accepted = { account: "", name: "", secret: token };
  expect(given(token)).toEqual(accepted);
  expect(given(`wss://stream-alerts.tuniform.tn/ws?token=${token}`)).toEqual(accepted);
});
