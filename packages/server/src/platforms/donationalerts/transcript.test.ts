import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { endings } from "../../../test/endings.ts";
import {
  answering,
  channel,
  clientId,
  connected,
  donation,
  join,
  login,
  push,
  RecordedDonationAlerts,
  subscribed,
  userId,
} from "../../../test/recorded-donationalerts.ts";
import { SourceRoom } from "../../../test/source-room.ts";
import type { Line, Script } from "../../../test/transcript-player.ts";
import { settled, VirtualClock } from "../../../test/virtual-clock.ts";
import { frame, opcodes } from "../../../test/websocket-frames.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import { webSocketDial } from "../../http/dial.ts";
import { nativeEncoder } from "../native/encode.ts";
import { PallyEncoder } from "../pally/encode.ts";
import { TuniformEncoder } from "../tuniform/encode.ts";
import type { Unsaid } from "./decode.ts";
import { DonationAlertsVoice } from "./encode.ts";
import { donationAlertsSource } from "./source.ts";

/** Literal bytes, recorded or from the documentation, against the real source over real sockets. */
const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url), "utf8").trim();
const recordedPush = fixture("donationalerts-push.jsonl");
const recordedList = fixture("donationalerts-list.json");

const ended = endings();

async function world(clock: Clock, scripts: readonly Script[], unsaid: Unsaid = {}) {
  const there = await RecordedDonationAlerts.start(...scripts);
  const dial = webSocketDial(clock);
  const source = donationAlertsSource({
    oauth: there.oauth(clock),
    fetch,
    dial,
    clock,
    reserve: async () => 0,
    unsaid,
  });
  const room = await SourceRoom.open({ clock, factories: { donationalerts: source } });
  ended.push(
    () => there.stop(),
    () => (clock instanceof VirtualClock ? Promise.all([room.close(), clock.pass(5000)]) : room.close()),
  );
  return { there, room, connect: async (tokens = {}) => (await room.keep("donationalerts", login(tokens))).id };
}

const start = (...scripts: readonly Script[]) => world(systemClock, scripts);

/** Lets time pass, a second at a time, until something is so; sockets are real and need a moment for each. */
async function passUntil<T>(clock: VirtualClock, find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let seconds = 0; seconds < 600; seconds++) {
    const found = await find();
    if (found !== undefined) return found;
    await clock.pass(1000);
    await Bun.sleep(5);
  }
  throw new Error("ten minutes passed in vain");
}

/** A connection that is subscribed, says these frames, and stays. */
const saying =
  (...frames: readonly string[]): Script =>
  async (line) => {
    await subscribed(line);
    line.say(...frames);
    await line.ended();
  };

/** A realtime connection that is live and says nothing. */
const quiet: Script = saying();

/** The same, for as long as a virtual clock goes on: it answers the pings. */
const pinged: Script = async (line) => {
  await subscribed(line);
  await answering(line);
};

describe("the documented order", () => {
  test("account, connect, subscription token, subscribe; live only after the confirmation", async () => {
    const steps: string[] = [];
    const reply = Promise.withResolvers<void>();
    const { there, room, connect } = await start(async (line) => {
      await connected(line);
      steps.push(await line.text());
      await reply.promise;
      line.say('{"id":2,"result":{}}\n', join);
      await line.ended();
    });
    const id = await connect();
    await room.until(async () => steps[0]);
    await settled();
    expect((await room.connection(id)).state?.status).toBe("connecting");
    reply.resolve();
    await room.state(id, "live");
    expect(steps).toEqual([`{"params":{"channel":"${channel}","token":"subscription-1"},"method":1,"id":2}`]);
    expect(there.asked.slice(0, 3)).toEqual([
      { method: "GET", path: "/api/v1/user/oauth", token: "a1", body: "" },
      { method: "GET", path: "/api/v1/alerts/donations?page=1", token: "a1", body: "" },
      {
        method: "POST",
        path: "/api/v1/centrifuge/subscribe",
        token: "a1",
        body: `{"client":"${clientId}","channels":["${channel}"]}`,
      },
    ]);
    expect(there.player.requests).toEqual(["/connection/websocket"]);
    expect(await room.connection(id)).toMatchObject({ account: String(userId), name: "Tris_the_Jam_Master" });
  });

  test("the join push alone confirms, as the documentation has it", async () => {
    const { room, connect } = await start(async (line) => {
      await connected(line);
      await line.text();
      line.say(join, push({}));
      await line.ended();
    });
    await room.state(await connect(), "live");
    await room.records(1);
  });

  test("somebody else's join confirms nothing", async () => {
    const { room, connect } = await start(async (line) => {
      await connected(line);
      await line.text();
      line.say(join.replace(clientId, "another"), push({}));
      await line.ended();
    });
    const id = await connect();
    await Bun.sleep(50);
    expect((await room.connection(id)).state?.status).toBe("connecting");
    expect(await room.all()).toEqual([]);
  });

  test("every connection has new tokens", async () => {
    const seen: unknown[] = [];
    const once =
      (number: number): Script =>
      async (line) => {
        seen.push((await subscribed(line, number))["token"]);
        if (number < 3) await line.close(3001, '{"reason":"shutdown","reconnect":true}');
        else await line.ended();
      };
    const { room, connect } = await start(once(1), once(2), once(3));
    const id = await connect();
    await room.until(async () => (seen.length === 3 ? seen : undefined));
    await room.state(id, "live");
    expect(seen).toEqual(["subscription-1", "subscription-2", "subscription-3"]);
  });
});

describe("the recorded push", () => {
  test("is in the log with every fact, its text kept, and goes out over every delivery", async () => {
    const { room, connect } = await start(saying(recordedPush));
    await connect();
    const [record] = await room.records(1);
    if (record === undefined) throw new Error("no record");
    expect(record).toMatchObject({
      arrival: "live",
      event: {
        type: "donation",
        origin: `donationalerts:${userId}`,
        externalId: "164405432",
        occurredAt: "2025-04-12T07:15:49.000Z",
        name: null,
        anonymous: true,
        message: '"Повесть о Конце Света"',
        messageKind: "text",
        amount: { value: "22.00", minor: 2200, exponent: 2, currency: "USD" },
        stated: { value: "22.00", currency: "USD" },
      },
    });
    expect(await room.store.log.raw(room.channel, record.offset)).toBe(recordedPush);
    const of = await room.store.directory.channel(room.channel);
    if (of === undefined) throw new Error("no channel");
    const said = (frame: string | null) => JSON.parse(frame ?? "null");
    expect(said(nativeEncoder("epoch").encode(record))).toMatchObject({ kind: "event", externalId: "164405432" });
    expect(said(new TuniformEncoder(of, "epoch").encode(record))).toMatchObject({
      type: "donation",
      amount: 22,
      currency: "USD",
    });
    expect(said(new PallyEncoder(of, "epoch", () => "http://localhost").encode(record))).toMatchObject({
      payload: { campaignTip: { grossAmountInCents: 2200, message: '"Повесть о Конце Света"' } },
    });
    const theirs = JSON.parse(recordedPush).result.data.data;
    const ours = said(new DonationAlertsVoice(of, "none").donations.encode(record)).result.data.data;
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    const { recipient, recipient_name, ...same } = theirs;
    expect(ours).toMatchObject({ ...same, message: same.message.trim() });
  });

  test("ten times over two connections, and by the list: one event", async () => {
    const push = JSON.parse(recordedPush).result.data.data;
    const first: Script = async (line) => {
      await subscribed(line);
      line.say(...Array.from({ length: 5 }, () => recordedPush));
      await line.close(3001);
    };
    const second: Script = async (line) => {
      await subscribed(line, 2);
      line.say(...Array.from({ length: 5 }, () => recordedPush));
      await line.ended();
    };
    const { there, room, connect } = await start(first, second);
    const id = await connect();
    await room.until(async () => (there.player.requests.length === 2 ? true : undefined));
    there.list = [JSON.stringify(push)];
    await room.until(async () => (await room.connection(id)).state?.reconciled);
    expect(await room.all()).toHaveLength(1);
  });
});

describe("frames in every form", () => {
  test.each([
    ["several on lines of one frame", [`${push({ id: 1 })}${push({ id: 2 })}${push({ id: 3 })}`]],
    ["several without anything between them", [[1, 2, 3].map((id) => push({ id }).trim()).join("")]],
    [
      "with braces and quotes in their texts",
      [[1, 2, 3].map((id) => push({ id, message: '}{"\\\n' }).trim()).join("")],
    ],
    ["with white space around", [` ${push({ id: 1 })} \r\n\t`, `\n${push({ id: 2 })}`, `${push({ id: 3 })}   `]],
    [
      "beside pongs, joins and leaves of others",
      [
        `{"id":9}\n${push({ id: 1 })}`,
        `${join}${push({ id: 2 })}`,
        push({ id: 3 }),
        join.replace('"type":1', '"type":2'),
      ],
    ],
    ["with empty ones between them", ["", push({ id: 1 }), "\n", push({ id: 2 }), " ", push({ id: 3 })]],
  ])("%s", async (_, frames) => {
    const { room, connect } = await start(saying(...frames));
    const id = await connect();
    const records = await room.records(3);
    expect(records.map(({ event }) => event.externalId)).toEqual(["1", "2", "3"]);
    expect(await room.store.quarantine.list(id, 0, 10)).toEqual([]);
    expect(await room.store.quarantine.notes(id)).toEqual([]);
  });

  test("reply, join and the first push in one frame", async () => {
    const { room, connect } = await start(async (line) => {
      await connected(line);
      await line.text();
      line.say(`{"id":2,"result":{}}\n${join}${push({ id: 1 })}${push({ id: 2 })}`);
      await line.ended();
    });
    await connect();
    expect((await room.records(2)).map(({ event }) => event.externalId)).toEqual(["1", "2"]);
  });

  test("binary frames, and a donation in three fragments", async () => {
    const { room, connect } = await start(async (line) => {
      await subscribed(line);
      line.bytes(frame(push({ id: 1 }), { masked: false, opcode: opcodes.binary }));
      const bytes = Buffer.from(push({ id: 2, message: "Повесть" }));
      const part = (from: number, to: number, opcode: number) =>
        line.bytes(frame(bytes.subarray(from, to), { masked: false, opcode, fin: to === bytes.length }));
      part(0, 100, opcodes.text);
      line.ping("between");
      part(100, 201, opcodes.continuation);
      part(201, bytes.length, opcodes.continuation);
      await line.ended();
    });
    await connect();
    expect((await room.records(2)).map(({ event }) => event.message)).toEqual(["gg", "Повесть"]);
  });
});

describe("donations in every form", () => {
  test.each([
    ["anonymous", { username: null }, { name: null, anonymous: true }],
    ["without a message", { message: null }, { message: "" }],
    ["with the message null as text", { message: "null" }, { message: "" }],
    [
      "spoken",
      { message_type: "audio", message: "https://cdn.example/1.wav" },
      { messageKind: "audio", message: "https://cdn.example/1.wav" },
    ],
    ["with an amount as text", { amount: "50.00" }, { amount: { value: "50.00" } }],
    ["of a tenth", { amount: 0.1 }, { amount: { value: "0.10", minor: 10 } }],
    ["in a currency without decimals", { amount: 500, currency: "JPY" }, { amount: { value: "500", exponent: 0 } }],
    ["in one that nobody knows", { amount: 1.5, currency: "XTZ" }, { amount: { value: "1.5", currency: "XTZ" } }],
    ["with a time in dots", { created_at: "2025-04-12 07.15.49" }, { occurredAt: "2025-04-12T07:15:49.000Z" }],
    ["with an id as text", { id: "77" }, { externalId: "77" }],
    ["with a payin system", { payin_system: { title: "Bank card RUB" }, is_shown: null }, { name: "Ada" }],
    ["with what nobody knows yet", { emotes: [{ id: 1 }], deep: { data: { id: 5 } } }, { externalId: "164405432" }],
    [
      "in another currency than the creator's, which nothing gave away",
      { amount: 22, amount_in_user_currency: 1500 },
      { stated: null },
    ],
  ])("%s", async (_, facts, event) => {
    const { room, connect } = await start(saying(push(facts)));
    await connect();
    expect((await room.records(1))[0]).toMatchObject({ event });
  });

  test.each([
    ["the list before the subscription", [{ id: 1, currency: "RUB" }], [], {}],
    [
      "the newest such donation of the list",
      [
        { id: 4, amount: 9, amount_in_user_currency: 700 },
        { id: 3, currency: "BRL", amount: 0, amount_in_user_currency: 0 },
        { id: 2, currency: "RUB" },
        { id: 1, currency: "EUR" },
      ],
      [],
      {},
    ],
    ["a push, whatever the list says", [{ id: 1, currency: "EUR" }], [{ id: 2, currency: "RUB" }], {}],
    ["the setting, whatever donations say", [{ id: 1, currency: "EUR" }], [{ id: 2 }], { currency: "RUB" }],
  ] as const)("the creator's currency is known by %s", async (_, listed, pushed, unsaid) => {
    const foreign = push({ id: 9, amount: 22, amount_in_user_currency: 1500 });
    const script = saying(...pushed.map((facts) => push(facts)), foreign);
    const { there, room, connect } = await world(systemClock, [script], unsaid);
    there.list = listed.map(donation);
    await connect();
    const record = await room.until(async () => (await room.all()).find(({ event }) => event.externalId === "9"));
    expect(record.event).toMatchObject({ amount: { currency: "USD" }, stated: { value: "1500.00", currency: "RUB" } });
    const of = await room.store.directory.channel(room.channel);
    if (of === undefined) throw new Error("no channel");
    const said = new DonationAlertsVoice(of, "none").donations.encode(record) ?? "";
    expect(JSON.parse(said).result.data.data).toMatchObject({
      amount: 22,
      currency: "USD",
      amount_in_user_currency: 1500,
    });
  });

  test("times are in the zone of the setting, pushed and listed", async () => {
    const { there, room, connect } = await world(systemClock, [saying(push({ id: 2 }))], { utcOffset: "+03:00" });
    there.list = [donation({ id: 1 })];
    await connect();
    const times = (await room.records(2)).map(({ event }) => event.occurredAt);
    expect(times).toEqual(["2025-04-12T04:15:49.000Z", "2025-04-12T04:15:49.000Z"]);
  });

  test("the creator's currency is still known to the next run, and may change", async () => {
    const { room, connect } = await start(
      async (line) => {
        await subscribed(line);
        line.say(push({ id: 1, currency: "RUB" }), push({ id: 2, amount_in_user_currency: 1500 }));
        await room.records(2);
        await line.close(3001);
      },
      async (line) => {
        await subscribed(line, 2);
        line.say(push({ id: 3, amount_in_user_currency: 1500 }), push({ id: 4, currency: "EUR" }));
        line.say(push({ id: 5, amount_in_user_currency: 20 }));
        await line.ended();
      },
    );
    await connect();
    expect((await room.records(5)).map(({ event }) => event.stated?.currency)).toEqual([
      "RUB",
      "RUB",
      "RUB",
      "EUR",
      "EUR",
    ]);
  });

  test("with nothing but identity and money", async () => {
    const { room, connect } = await start(
      saying(`{"result":{"channel":"${channel}","data":{"data":{"id":5,"amount":0.07,"currency":"USD"}}}}`),
    );
    await connect();
    expect((await room.records(1))[0]).toMatchObject({
      event: { externalId: "5", name: null, message: "", amount: { value: "0.07", minor: 7 } },
    });
  });

  test.each([
    ["no id", { id: undefined }],
    ["an id that is none", { id: 0 }],
    ["no amount", { amount: undefined }],
    ["no currency", { currency: null }],
    ["an amount that is no number", { amount: "a lot" }],
    ["a negative amount", { amount: -5 }],
  ])("%s: quarantine with its text, and nothing else stops", async (_, facts) => {
    const odd = push(facts).trim();
    const { room, connect } = await start(saying(odd, push({ id: 2 }), odd));
    const id = await connect();
    await room.records(1);
    expect(await room.quarantined(id, 1)).toMatchObject([{ raw: odd, arrival: "live" }]);
    expect((await room.connection(id)).state?.status).toBe("live");
  });

  test.each([
    ["cut off", `${push({}).slice(0, 80)}`],
    ["no JSON", "hello"],
    ["a list", "[1,2]"],
    ["a push that holds nothing", `{"result":{"channel":"${channel}","data":{"seq":1}}}`],
  ])("%s: quarantine", async (_, odd) => {
    const { room, connect } = await start(saying(`${odd}\n${push({ id: 2 })}`));
    const id = await connect();
    expect((await room.quarantined(id, 1))[0]?.raw).toBe(odd);
    await room.records(1);
  });

  test.each([
    ["a goal", '{"result":{"channel":"$goals:goal_1","data":{"seq":1,"data":{"id":5,"raised_amount":10}}}}'],
    ["a poll", '{"result":{"channel":"$polls:poll_1","data":{"seq":1,"data":{"id":5,"options":[]}}}}'],
    ["a message to this client", '{"result":{"type":4,"data":{"data":{"hello":1}}}}'],
    ["a push of protocol 2", `{"push":{"channel":"${channel}","pub":{"data":{"id":5}}}}`],
  ])("%s is noted and kept as it came", async (_, text) => {
    const { room, connect } = await start(saying(text, push({})));
    const id = await connect();
    await room.records(1);
    expect((await room.noted(id, 1))[0]?.raw).toBe(text);
    expect(await room.store.quarantine.list(id, 0, 10)).toEqual([]);
  });
});

describe("what ends a connection", () => {
  const refusing =
    (asked: "connect" | "subscribe", error: string): Script =>
    async (line) => {
      line.accept();
      await line.text();
      if (asked === "subscribe") {
        line.say(`{"id":1,"result":{"client":"${clientId}","version":"2.2.1"}}\n`);
        await line.text();
      }
      line.say(error);
      await line.ended();
    };

  test.each([
    ["connect", 109, "waiting"],
    ["connect", 101, "waiting"],
    ["connect", 100, "waiting"],
    ["subscribe", 103, "waiting"],
    ["subscribe", 109, "waiting"],
    ["subscribe", 111, "waiting"],
    ["connect", 107, "stopped"],
    ["subscribe", 102, "stopped"],
  ] as const)("%s refused with error %d: %s", async (asked, code, status) => {
    const reply = `{"id":${asked === "connect" ? 1 : 2},"error":{"code":${code},"message":"no"}}\n`;
    const { room, connect } = await start(refusing(asked, reply));
    const state = await room.state(await connect(), status);
    expect(state.reason).toContain(`refused to ${asked}`);
    expect(state.reason).toContain(`error ${code}`);
  });

  test("an error without the command's id is its answer: the connection would hang otherwise", async () => {
    const { room, connect } = await start(refusing("connect", '{"error":{"code":107,"message":"bad request"}}\n'));
    expect((await room.state(await connect(), "stopped")).reason).toContain("error 107");
  });

  test.each([
    [3001, '{"reason":"shutdown","reconnect":true}', "waiting"],
    [3005, '{"reason":"expired","reconnect":true}', "waiting"],
    [3002, '{"reason":"invalid token","reconnect":false}', "waiting"],
    [3003, '{"reason":"bad request","reconnect":false}', "stopped"],
    [4567, '{"reason":"gone","reconnect":false}', "stopped"],
    [1011, "", "waiting"],
  ] as const)("closed with %d %s: %s", async (code, reason, status) => {
    const { room, connect } = await start(async (line) => {
      await subscribed(line);
      await line.close(code, reason);
    });
    expect((await room.state(await connect(), status)).reason).toContain(`(code ${code})`);
  });

  test("dropped, refused with 503, and an unsub push: comes back, and is live again", async () => {
    const { room, connect } = await start(
      async (line) => {
        await subscribed(line);
        line.drop();
      },
      (line) => line.refuse(503, "maintenance"),
      async (line) => {
        await subscribed(line, 3);
        line.say(`{"result":{"type":3,"channel":"${channel}","data":{"resubscribe":true}}}\n`);
        await line.ended();
      },
      async (line) => {
        await subscribed(line, 4);
        line.say(push({}));
        await line.ended();
      },
    );
    await connect();
    await room.records(1);
  });

  test("a server that speaks another protocol stops it at once", async () => {
    const { room, connect, there } = await start(async (line) => {
      line.accept();
      await line.text();
      await line.close(3003, '{"reason":"bad request","reconnect":false}');
    });
    await room.state(await connect(), "stopped");
    expect(there.player.requests).toHaveLength(1);
  });
});

describe("in virtual time", () => {
  test("after 25 quiet seconds it asks whether anybody is there; without an answer it comes back", async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const { room, connect } = await world(clock, [
      async (line) => {
        await subscribed(line);
        asked.push(await line.text());
        line.say('{"id":3}\n');
        asked.push(await line.text());
        await line.ended();
      },
      async (line) => {
        await subscribed(line, 2);
        await line.ended();
      },
    ]);
    const id = await connect();
    const begun = await room.state(id, "live");
    await passUntil(clock, () => asked[1]);
    expect(asked).toEqual(['{"method":7,"id":3}', '{"method":7,"id":4}']);
    expect(clock.now() - begun.since).toBeGreaterThanOrEqual(50_000);
    expect((await room.connection(id)).state?.status).toBe("live");
    const reason = await passUntil(clock, async () => (await room.connection(id)).state?.reason || undefined);
    expect(reason).toContain("did not answer");
    await passUntil(clock, async () => ((await room.connection(id)).state?.status === "live" ? true : undefined));
  });

  test("tokens that expire are sent anew before they do, on the same connection", async () => {
    const clock = new VirtualClock();
    const sent: unknown[] = [];
    const { room, connect } = await world(clock, [
      async (line) => {
        line.accept();
        await line.text();
        line.say(`{"id":1,"result":{"client":"${clientId}","version":"2.2.1","expires":true,"ttl":100}}\n`);
        await line.text();
        line.say('{"id":2,"result":{"expires":true,"ttl":10}}\n');
        await answering(line, (command) => command.method === 7 || sent.push(command));
      },
    ]);
    const id = await connect();
    await room.state(id, "live");
    await passUntil(clock, () => sent[1]);
    expect(sent).toMatchObject([
      { method: 11, params: { channel, token: "subscription-2" } },
      { method: 10, params: { token: "socket-2" } },
    ]);
  });
});

describe("recovery", () => {
  const standing = '{"recoverable":true,"seq":14,"epoch":"abcd"}';

  test("asks for what it missed from where it stood, and stores it as late, in order", async () => {
    let asked: Record<string, unknown> = {};
    const { room, connect } = await start(
      async (line) => {
        await subscribed(line, 1, standing);
        line.say(push({ id: 15 }, 15));
        await room.records(1);
        await settled();
        await line.close(3001);
      },
      async (line) => {
        const missed = [17, 16].map((id) => `{"seq":${id},"data":${donation({ id })}}`).join(",");
        asked = await subscribed(
          line,
          2,
          `{"recoverable":true,"seq":17,"epoch":"abcd","publications":[${missed}],"recovered":true}`,
        );
        line.say(push({ id: 18 }, 18));
        await line.ended();
      },
    );
    await connect();
    const records = await room.records(4);
    expect(asked).toEqual({ channel, token: "subscription-2", recover: true, seq: 15, epoch: "abcd" });
    expect(records.map(({ event, arrival }) => [event.externalId, arrival])).toEqual([
      ["15", "live"],
      ["16", "late"],
      ["17", "late"],
      ["18", "live"],
    ]);
  });

  test("with offsets the oldest is the first", async () => {
    const { room, connect } = await start(async (line) => {
      const missed = [16, 17].map((id) => `{"offset":${id},"data":${donation({ id })}}`).join(",");
      await subscribed(line, 1, `{"publications":[${missed}]}`);
      await line.ended();
    });
    await connect();
    expect((await room.records(2)).map(({ event }) => event.externalId)).toEqual(["16", "17"]);
  });

  test("where the server offers none it is not asked for", async () => {
    let asked: Record<string, unknown> = {};
    const { room, connect } = await start(
      async (line) => {
        await subscribed(line, 1, "{}");
        line.say(push({}, 15));
        await room.records(1);
        await line.close(3001);
      },
      async (line) => {
        asked = await subscribed(line, 2);
        await line.ended();
      },
    );
    const id = await connect();
    await room.until(async () => asked["token"]);
    await room.state(id, "live");
    expect(asked).toEqual({ channel, token: "subscription-2" });
  });
});

describe("the list", () => {
  const donations = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => donation({ id: to - i, name: "donation" }));

  test("the documentation's own answer is history: silent, with its facts", async () => {
    const { there, room, connect } = await start(quiet);
    there.list = [JSON.stringify(JSON.parse(recordedList).data[0])];
    await connect();
    expect((await room.records(1))[0]).toMatchObject({
      arrival: "import",
      event: {
        externalId: "30530030",
        name: "Ivan",
        message: "Hello!",
        amount: { value: "500.00", currency: "RUB" },
        occurredAt: "2019-09-29T09:00:00.000Z",
      },
    });
  });

  test("history comes in whole, the oldest first, over several pages, and is said to be on its way", async () => {
    const { there, room, connect } = await start(quiet);
    there.list = donations(1, 95);
    const id = await connect();
    const records = await room.records(95);
    expect(records.map(({ event }) => Number(event.externalId))).toEqual(Array.from({ length: 95 }, (_, i) => i + 1));
    expect(new Set(records.map(({ arrival }) => arrival))).toEqual(new Set(["import"]));
    expect(
      await room.until(async () => ((await room.connection(id)).state?.history === undefined ? true : undefined)),
    ).toBe(true);
  });

  test("what comes while history is read is no history, and is not lost", async () => {
    const { there, room, connect } = await start(async (line) => {
      await subscribed(line);
      await room.records(30);
      there.list = donations(1, 97);
      line.say(push({ id: 96 }));
      await line.ended();
    });
    there.list = donations(1, 95);
    await connect();
    const records = await room.records(96);
    const arrivals = new Map(records.map(({ event, arrival }) => [event.externalId, arrival]));
    expect([arrivals.get("95"), arrivals.get("96")]).toEqual(["import", "live"]);
    expect(arrivals.has("97")).toBe(false);
  });

  test("after an outage what the socket missed is late, and the comparison is told", async () => {
    const { there, room, connect } = await start(
      async (line) => {
        await subscribed(line);
        await room.records(3);
        there.list = donations(1, 70);
        await line.close(3001);
      },
      async (line) => {
        await subscribed(line, 2);
        await line.ended();
      },
    );
    there.list = donations(1, 3);
    const id = await connect();
    const records = await room.records(70);
    expect(records.map(({ arrival }) => arrival)).toEqual([
      ...Array.from({ length: 3 }, () => "import" as const),
      ...Array.from({ length: 67 }, () => "late" as const),
    ]);
    expect(records.map(({ event }) => Number(event.externalId))).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
    const reconciled = await room.until(async () => {
      const { state } = await room.connection(id);
      return state?.reconciled?.recovered ? state.reconciled : undefined;
    });
    expect(reconciled).toMatchObject({ missing: 0, recovered: 67 });
  });

  test("what cannot be read is missing, said so, and in quarantine", async () => {
    const { there, room, connect } = await start(
      async (line) => {
        await subscribed(line);
        await room.until(async () => (await room.connection(id)).state?.reconciled);
        there.list = [donation({ id: 3 }), donation({ id: 2, currency: undefined }), ...there.list];
        await line.close(3001);
      },
      async (line) => {
        await subscribed(line, 2);
        await line.ended();
      },
    );
    there.list = donations(1, 1);
    const id = await connect();
    const reconciled = await room.until(async () => {
      const { state } = await room.connection(id);
      return state?.reconciled?.recovered ? state.reconciled : undefined;
    });
    expect(reconciled).toMatchObject({ missing: 1, recovered: 1 });
    expect(await room.quarantined(id, 1)).toMatchObject([
      { arrival: "late", raw: donation({ id: 2, currency: undefined }) },
    ]);
  });

  test("what cannot be read is missing at every comparison, and counted once", async () => {
    const clock = new VirtualClock();
    const { there, room, connect } = await world(clock, [pinged]);
    const id = await connect();
    await room.state(id, "live");
    const next = async () => {
      const before = (await room.connection(id)).state?.reconciled;
      return passUntil(clock, async () => {
        const now = (await room.connection(id)).state?.reconciled;
        return now?.at === before?.at ? undefined : now;
      });
    };
    await next();
    there.list = [donation({ id: 5, currency: undefined })];
    expect([(await next()).missing, room.missing]).toEqual([1, 1]);
    expect([(await next()).missing, room.missing]).toEqual([1, 1]);
    there.list = [];
    expect([(await next()).missing, room.missing]).toEqual([0, 1]);
  });

  test("every four minutes it is compared again", async () => {
    const clock = new VirtualClock();
    const { there, room, connect } = await world(clock, [pinged]);
    const id = await connect();
    await room.state(id, "live");
    await passUntil(clock, async () => (await room.connection(id)).state?.reconciled);
    const before = clock.now();
    there.list = [donation({ id: 5 })];
    const [record] = await passUntil(clock, async () => ((await room.all()).length > 0 ? room.all() : undefined));
    expect(record).toMatchObject({ arrival: "late" });
    expect(clock.now() - before).toBeWithin(200_000, 280_000);
  });
});

describe("answers that are none", () => {
  test("401: the token is renewed once, and the request sent again", async () => {
    const { there, room, connect } = await start(quiet);
    there.good.clear();
    there.good.add("not the one that is stored");
    const id = await connect();
    await room.state(id, "live");
    expect(there.asked.slice(0, 3).map(({ path, token }) => [path, token])).toEqual([
      ["/api/v1/user/oauth", "a1"],
      ["/oauth/token", ""],
      ["/api/v1/user/oauth", "a2"],
    ]);
  });

  test("invalid_grant: the creator has to log in again, and nothing is hammered", async () => {
    const { there, room, connect } = await start();
    there.good.clear();
    there.refresh = () => Response.json({ error: "invalid_grant" }, { status: 400 });
    const id = await connect();
    expect((await room.state(id, "needs-authorization")).reason).toContain("Log in to DonationAlerts again");
    expect(there.asked).toHaveLength(2);
  });

  test("429 with Retry-After while it connects: it waits so long", async () => {
    const { there, room, connect } = await start(quiet);
    const answer = () => new Response("{}", { status: 429, headers: { "retry-after": "1" } });
    there.instead.push({ path: "/api/v1/user/oauth", answer });
    const id = await connect();
    const state = await room.state(id, "waiting");
    // The status is as new as the moment after its wait was reckoned.
    expect((state.retryAt ?? 0) - state.since).toBeGreaterThanOrEqual(950);
    await room.state(id, "live");
  });

  test("429 and 502 for the list: it stays live, says what is wrong, and asks again", async () => {
    const clock = new VirtualClock();
    const { there, room, connect } = await world(clock, [
      async (line) => {
        await connected(line);
        there.instead.push(
          {
            path: "/api/v1/alerts",
            answer: () => new Response("{}", { status: 429, headers: { "retry-after": "7" } }),
          },
          { path: "/api/v1/alerts", answer: () => new Response("<h1>502</h1>", { status: 502 }) },
        );
        await line.text();
        line.say(join);
        await answering(line);
      },
    ]);
    const lists = () => there.asked.filter(({ path }) => path.startsWith("/api/v1/alerts")).length;
    const id = await connect();
    await room.state(id, "live");
    await room.until(async () => (there.instead.length === 1 ? true : undefined));
    await clock.pass(6000);
    expect(lists()).toBe(2);
    const warning = async () => (await room.connection(id)).state?.warning;
    expect(await room.until(warning)).toContain("asks for a pause of 7 seconds");
    await passUntil(clock, async () => (await warning())?.includes("502") || undefined);
    expect((await room.connection(id)).state?.status).toBe("live");
    await passUntil(clock, async () => {
      const { state } = await room.connection(id);
      return state?.warning === undefined && state?.reconciled ? true : undefined;
    });
    expect(lists()).toBe(4);
  });

  test("without the scope for the list: live only, a loud warning, and what nobody heard is told", async () => {
    const { there, room, connect } = await start(
      async (line) => {
        await subscribed(line);
        line.say(push({}));
        await room.records(1);
        await Bun.sleep(20);
        await line.close(3001);
      },
      async (line) => {
        await subscribed(line, 2);
        await line.ended();
      },
    );
    const id = await connect({ scopes: ["oauth-user-show", "oauth-donation-subscribe"] });
    const state = await room.until(async () => {
      const { state } = await room.connection(id);
      return state?.gaps?.length ? state : undefined;
    });
    expect(state.warning).toContain("oauth-donation-index");
    expect(there.asked.some(({ path }) => path.startsWith("/api/v1/alerts"))).toBe(false);
  });

  test("a list that is refused though its scope was asked for: the same", async () => {
    const { there, room, connect } = await start(quiet);
    const refused = () => Response.json({ message: "Unauthenticated." }, { status: 401 });
    there.instead.push({ path: "/api/v1/alerts", answer: refused }, { path: "/api/v1/alerts", answer: refused });
    const id = await connect();
    await room.state(id, "live");
    await room.until(async () => ((await room.connection(id)).state?.warning ? true : undefined));
  });

  test("no token for the channel: that scope was not given", async () => {
    const { there, room, connect } = await start((line: Line) => connected(line));
    there.instead.push({ path: "/api/v1/centrifuge", answer: () => Response.json({ channels: [] }) });
    expect((await room.state(await connect(), "needs-authorization")).reason).toContain("oauth-donation-subscribe");
  });

  test.each([
    ["an account without a token", () => Response.json({ data: { id: userId } })],
    ["an account without a number", () => Response.json({ data: { id: "../x", socket_connection_token: "t" } })],
    ["a page of a proxy", () => new Response("<h1>hello</h1>")],
  ])("%s: another try later", async (_, answer) => {
    const { there, room, connect } = await start();
    there.instead.push({ path: "/api/v1/user", answer });
    expect((await room.state(await connect(), "waiting")).reason).toContain("something else than it documents");
  });
});
