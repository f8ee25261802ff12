import { expect, test } from "bun:test";
import { anyValue, mutateBytes, mutateJson, mutateText, pick, word } from "../../../drills/hostile/mutate.ts";
import { MachineWatch, runningTime } from "../../../drills/machine.ts";
import { closeReason, type Disconnect, disconnects, replyErrors } from "../src/platforms/donationalerts/centrifugo.ts";
import { application, donate, granted, type Tokens } from "./donationalerts-world.ts";
import { api, type Program, startProgram } from "./program.ts";
import { Random } from "./random.ts";

const wanted = 100_000;
const sockets = 8;
const burst = 50;

/** Someone whose token is good, and who sends what no client would: most of it changed a little from what clients send. */
class Attacker {
  /** Frames that were answered, passed over, or answered by the close: not those that came after a close. */
  met = 0;
  mutated = 0;
  closed = 0;
  readonly faults: string[] = [];
  readonly answers = new Map<string, number>();
  readonly #program: Program;
  readonly #tokens: Tokens;
  readonly #random: Random;

  constructor(program: Program, tokens: Tokens, random: Random) {
    this.#program = program;
    this.#tokens = tokens;
    this.#random = random;
  }

  async send(count: number): Promise<void> {
    while (this.met < count) await this.#connection(count);
  }

  /** One connection: authenticated and subscribed, then bursts until it is closed. */
  async #connection(count: number): Promise<void> {
    const { accessToken, userId } = this.#tokens;
    const headers = { authorization: `Bearer ${accessToken}` };
    const base = `${this.#program.url}/api/v1`;
    const user = (await (await fetch(`${base}/user/oauth`, { headers })).json()) as {
      data: { socket_connection_token: string };
    };
    const socket = new WebSocket(`${this.#program.url.replace("http", "ws")}/connection/websocket`);
    const frames: string[] = [];
    let look = () => {};
    socket.onmessage = ({ data }) => {
      this.#judge(String(data));
      frames.push(String(data));
      look();
    };
    const ended = new Promise<"ended">((resolve) => {
      socket.onclose = ({ code, reason }) => {
        this.#judgeClose(code, reason);
        resolve("ended");
      };
    });
    const answered = (id: number) =>
      new Promise<string>((resolve) => {
        look = () => {
          const found = frames.find((frame) => frame.startsWith(`{"id":${id}`));
          if (found !== undefined) resolve(found);
        };
        look();
      });
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    const token = user.data.socket_connection_token;
    socket.send(JSON.stringify({ params: { token }, id: 1 }));
    const { result } = JSON.parse(await answered(1)) as { result: { client: string } };
    const channel = `$alerts:donation_${userId}`;
    const asked = { method: "POST", headers, body: JSON.stringify({ client: result.client, channels: [channel] }) };
    const permitted = (await (await fetch(`${base}/centrifuge/subscribe`, asked)).json()) as {
      channels: { token: string }[];
    };
    const subscription = permitted.channels[0]?.token ?? "";
    socket.send(JSON.stringify({ method: 1, id: 2, params: { channel, token: subscription } }));
    await answered(2);

    const commands = validCommands(channel, subscription);
    for (let round = 900_000; this.met < count; round++) {
      // One in ten bursts ends in something that may close the connection.
      const hard = this.#random.chance(0.1);
      for (let i = 0; i < burst; i++) socket.send(this.#soft(commands));
      if (hard) socket.send(this.#hard(commands));
      frames.length = 0;
      const pong = answered(round);
      // The ping itself may be among what is dropped while too much waits.
      const again = setInterval(() => socket.send(JSON.stringify({ id: round, method: 7 })), 100);
      socket.send(JSON.stringify({ id: round, method: 7 }));
      const outcome = await Promise.race([pong, ended, Bun.sleep(10_000).then(() => "silent")]);
      clearInterval(again);
      this.met += burst + Number(hard);
      if (outcome === "ended" && !hard) this.faults.push("closed without a reason to");
      if (outcome === "silent") this.faults.push("a ping behind the frames was not answered within ten seconds");
      if (outcome === "silent" || outcome === "ended") break;
    }
    socket.close();
    await ended;
  }

  /** Something that the protocol can read, so that the connection goes on. */
  #soft(commands: readonly Soft[]): string {
    const random = this.#random;
    const { params, ...command } = pick(random, commands);
    const [key = "channel", value = ""] = pick(
      random,
      Object.entries(params ?? {}).length > 0 ? Object.entries(params ?? {}) : [["", ""]],
    );
    const kind = random.below(10);
    if (kind < 7) this.mutated++;
    // Each of its texts may be anything but nothing.
    if (kind < 4 && typeof value === "string") {
      return JSON.stringify({
        ...command,
        params: { ...params, [key]: `${mutateText(random, value)}${word(random)}x` },
      });
    }
    if (kind < 5)
      return JSON.stringify({ ...command, params: { ...params, extra: anyValue(random) }, more: anyValue(random) });
    if (kind < 6) {
      const fields = Object.entries({ ...command, id: random.below(2 ** 32 - 1) + 1, params });
      return JSON.stringify(Object.fromEntries(fields.map(([name, each]) => [name.toUpperCase(), each])));
    }
    if (kind < 7)
      return Array.from({ length: random.below(5) + 1 }, () => JSON.stringify(pick(random, commands))).join(
        random.chance(0.5) ? "" : "\n",
      );
    if (kind < 8)
      return pick(random, ["{}", "\n", '{"id":0}'.repeat(5), '{"id":5,"method":99}', '{"id":5,"method":-1}']);
    return JSON.stringify({ ...command, params });
  }

  /** Anything. */
  #hard(commands: readonly Soft[]): string | Uint8Array<ArrayBuffer> {
    const random = this.#random;
    const command = pick(random, commands);
    const text = JSON.stringify(command);
    const kind = random.below(8);
    if (kind < 6) this.mutated++;
    if (kind < 3) return mutateJson(random, command);
    if (kind < 5) return mutateText(random, text);
    if (kind < 6) return new Uint8Array(mutateBytes(random, Buffer.from(text)));
    if (kind < 7) return JSON.stringify(anyValue(random)) ?? "";
    return pick(random, [
      "",
      '{"a":'.repeat(3000),
      "x".repeat(70_000),
      '{"id":1,"params":{"token":"x"}}',
      text.slice(1),
    ]);
  }

  #judge(frame: string): void {
    try {
      if (!frame.endsWith("}\n") || frame.indexOf("\n") !== frame.length - 1) throw new Error("not one line");
      const message = JSON.parse(frame) as { id?: number; error?: { code: number; message: string }; result?: object };
      const keys = Object.keys(message);
      if (keys.join() !== ["id", "error", "result"].filter((key) => keys.includes(key)).join()) throw new Error("keys");
      const { error } = message;
      const isKnown = Object.values(replyErrors).some((each) => JSON.stringify(each) === JSON.stringify(error));
      if (error !== undefined && !isKnown) throw new Error("unknown error");
      this.#count(error === undefined ? "answers and pushes" : `error ${error.code}`);
    } catch (fault) {
      this.faults.push(`${String(fault)}: ${frame.slice(0, 200)}`);
    }
  }

  /** 1009: more than 64 KB. */
  #judgeClose(code: number, reason: string): void {
    this.closed++;
    this.#count(`close ${code}`);
    const how = Object.entries(disconnects).find(([, each]) => each.code === code)?.[0];
    const isRight = how === undefined ? [1000, 1005, 1009].includes(code) : reason === closeReason(how as Disconnect);
    if (!isRight) this.faults.push(`closed with ${code} ${reason}`);
  }

  #count(what: string): void {
    this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
  }
}

type Soft = { readonly params?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;

/** One of each that an authenticated client sends. A second connect, and a refresh that is not good, end the connection. */
function validCommands(channel: string, subscription: string): readonly Soft[] {
  const goals = channel.replace("alerts:donation", "goals:goal");
  return [
    { method: 1, params: { channel, token: subscription, recover: true, seq: 1, gen: 0, epoch: "aaaaaaaa" }, id: 4 },
    { method: 1, params: { channel: goals, token: subscription }, id: 5 },
    { method: 2, params: { channel }, id: 6 },
    { method: 3, params: { channel, data: { x: 1 } }, id: 7 },
    { method: 4, params: { channel }, id: 8 },
    { method: 5, params: { channel }, id: 9 },
    { method: 6, params: { channel }, id: 10 },
    { method: 7, id: 11 },
    { method: 8, params: { data: {} } },
    { method: 9, params: { data: {} }, id: 12 },
    { method: 11, params: { channel, token: subscription }, id: 14 },
    { Method: "PING", Id: 15 },
  ];
}

test(`${wanted} hostile frames after authentication: each is answered as it should be, and nobody else notices`, async () => {
  const seed = Number(process.env["TIPWIRE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const random = new Random(seed);
  await using machine = new MachineWatch();
  const program = await startProgram({
    args: ["--messages-per-10s", "100000", "--log", "json", "--log-level", "error"],
  });
  try {
    const bot = await application(program, "Bot", "https://a.example/");
    const attacked = await granted(program, "attacked", bot);
    const attackers = Array.from({ length: sockets }, () => new Attacker(program, attacked, random.fork()));
    let attacking = true;
    let given = 0;
    const storing: { readonly from: number; readonly to: number }[] = [];
    const feed = async () => {
      while (attacking) {
        const from = performance.now();
        await donate(program, "attacked", { externalId: String(++given) });
        storing.push({ from, to: performance.now() });
        await Bun.sleep(20);
      }
    };
    const feeding = feed();
    await Promise.all(attackers.map((attacker) => attacker.send(wanted / sockets)));
    attacking = false;
    await feeding;

    const sum = (of: (attacker: Attacker) => number) => attackers.reduce((all, attacker) => all + of(attacker), 0);
    const answers: Record<string, number> = {};
    for (const [what, count] of attackers.flatMap((attacker) => [...attacker.answers]))
      answers[what] = (answers[what] ?? 0) + count;
    const met = sum((attacker) => attacker.met);
    const mutated = sum((attacker) => attacker.mutated);
    const standstills = await machine.standstills();
    const slowest = Math.max(...storing.map(({ from, to }) => runningTime(from, to, standstills)));
    console.log(
      `seed ${seed}: ${met} frames, ${mutated} of them changed from valid ones, ${sum(({ closed }) => closed)} connections`,
    );
    console.log(
      `${JSON.stringify(answers)}; meanwhile ${given} donations, the slowest stored in ${slowest.toFixed(0)} ms`,
    );
    expect(attackers.flatMap(({ faults }) => faults).slice(0, 5)).toEqual([]);
    expect(met).toBeGreaterThanOrEqual(wanted);
    expect(mutated / met).toBeGreaterThan(0.5);
    expect(slowest).toBeLessThan(2000);
    for (const code of [103, 104, 105, 107, 108]) expect(answers[`error ${code}`] ?? 0).toBeGreaterThan(0);
    const { events } = await api<{ events: { externalId: string }[] }>(
      program,
      "GET",
      "/channels/attacked/events?limit=500",
    );
    expect(events.map(({ externalId }) => externalId)).toEqual(
      Array.from({ length: Math.min(500, given) }, (_, i) => String(i + 1)),
    );
    await Bun.sleep(100);
    const { sessions } = await api<{ sessions: Record<string, number> }>(program, "GET", "/server");
    expect(sessions["donationalerts"] ?? 0).toBe(0);
    expect(program.output()).not.toContain('"level":"error"');
  } finally {
    await program.stop();
  }
}, 240_000);
