import { expect, test } from "bun:test";
import type { Clock } from "../core/clock.ts";
import type { Endpoint, Handshake, Socket, SocketEvents } from "../core/socket.ts";
import { knownCloses } from "./closes.ts";
import type { Faults } from "./faults.ts";
import { FaultyEndpoint } from "./faulty-endpoint.ts";
import { Misbehaviour } from "./misbehaviour.ts";

/** Time that a test turns by hand. */
class TurnedClock implements Clock {
  #now = 1_000_000;
  #waiting: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  soon(call: () => void): void {
    this.after(0, call);
  }

  after(ms: number, call: () => void): () => void {
    const entry = { at: this.#now + ms, call };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((each) => each !== entry);
    };
  }

  every(): () => void {
    return () => undefined;
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#waiting.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#now = next.at;
      next.call();
    }
    this.#now = until;
  }
}

/** What arrives at the other end. */
class Wire implements Socket {
  readonly arrived: string[] = [];
  pings = 0;
  end: { readonly code: number; readonly reason: string } | undefined;
  listener: SocketEvents | undefined;

  send(messages: readonly string[]): boolean {
    this.arrived.push(...messages);
    return true;
  }

  ping(): void {
    this.pings++;
  }

  close(code: number, reason: string): void {
    this.end = { code, reason };
    this.listener?.closed(code, reason);
  }
}

/** A protocol whose session does nothing but what the test does with its socket. */
async function connected(faults: Partial<Faults> = {}, random: () => number = () => 0) {
  const clock = new TurnedClock();
  const misbehaviour = new Misbehaviour({ clock, random });
  const wire = new Wire();
  const told: string[] = [];
  let socket: Socket | undefined;
  const session: SocketEvents = {
    text: (message) => told.push(message),
    drain: () => told.push("drain"),
    closed: (code) => told.push(`closed ${code}`),
    stalled: () => told.push("stalled"),
    shutdown: () => told.push("shutdown"),
  };
  const own: Endpoint = {
    name: "pally",
    matches: () => true,
    authorize: async () => (given) => {
      socket = given;
      return session;
    },
  };
  const serve = await new FaultyEndpoint(own, misbehaviour).authorize({} as Handshake);
  if (typeof serve !== "function") throw new Error("refused");
  wire.listener = serve(wire);
  misbehaviour.set(faults);
  return { clock, misbehaviour, wire, told, socket: socket as Socket };
}

test("without a switch everything arrives as it was sent, both ways", async () => {
  const { wire, socket, told } = await connected();
  expect(socket.send(["one", "two"])).toBe(true);
  socket.ping();
  wire.listener?.text("hello");
  wire.listener?.drain();
  wire.listener?.stalled();
  wire.listener?.shutdown();
  expect([wire.arrived, wire.pings]).toEqual([["one", "two"], 1]);
  expect(told).toEqual(["hello", "drain", "stalled", "shutdown"]);
  socket.close(1001, "bye");
  expect(wire.end).toEqual({ code: 1001, reason: "bye" });
  expect(told.at(-1)).toBe("closed 1001");
});

test("lost frames never arrive, pings included, and are counted", async () => {
  const { wire, socket, misbehaviour } = await connected({ drop: 1 });
  socket.send(["one", "two"]);
  socket.ping();
  expect([wire.arrived, wire.pings, misbehaviour.counts]).toEqual([[], 0, { drop: 3 }]);
});

test("a doubled frame arrives twice, in its place", async () => {
  const { wire, socket } = await connected({ duplicate: 1 });
  socket.send(["one", "two"]);
  expect(wire.arrived).toEqual(["one", "one", "two", "two"]);
});

test("a swapped frame arrives after the next one, or alone when none comes", async () => {
  const { clock, wire, socket } = await connected({ reorder: 1 });
  socket.send(["one", "two", "three"]);
  expect(wire.arrived).toEqual(["two", "one"]);
  clock.pass(200);
  expect(wire.arrived).toEqual(["two", "one", "three"]);
});

test("before a damaged copy comes nothing, after it the frame itself", async () => {
  const frame = '{"type":"campaigntip.notify","payload":{"campaignTip":{"id":"c1","grossAmountInCents":500}}}';
  for (let way = 0; way < 1; way += 0.05) {
    const { wire, socket } = await connected({ malformed: 0.99 }, () => way);
    socket.send([frame]);
    expect(wire.arrived.length).toBe(2);
    expect(wire.arrived[0]).not.toBe(frame);
    expect(wire.arrived[1]).toBe(frame);
  }
});

test("delayed frames keep their order, and those under way arrive before the session's goodbye", async () => {
  const waits = [0.9, 0.1, 0.5];
  const { clock, wire, socket } = await connected({ delay: 1000 }, () => waits.shift() ?? 0);
  socket.send(["one"]);
  socket.send(["two"]);
  expect(wire.arrived).toEqual([]);
  clock.pass(899);
  expect(wire.arrived).toEqual([]);
  clock.pass(1);
  expect(wire.arrived).toEqual(["one", "two"]);
  socket.send(["three"]);
  socket.close(1001, "");
  expect(wire.arrived).toEqual(["one", "two", "three"]);
});

test("closed after a frame, with the code of the switch; what is sent afterwards goes nowhere", async () => {
  const { clock, wire, socket, told, misbehaviour } = await connected({ close: 1, closeCode: 3005 });
  expect(socket.send(["one"])).toBe(false);
  expect(socket.send(["between"])).toBe(false);
  expect(told).toEqual([]);
  clock.pass(0);
  expect(wire.end).toEqual({ code: 3005, reason: '{"reason":"expired","reconnect":true}' });
  expect(told).toEqual(["closed 3005"]);
  expect(socket.send(["two"])).toBe(false);
  expect(wire.arrived).toEqual(["one"]);
  expect(misbehaviour.lines.size).toBe(0);
});

test("who takes a subscription up again is taken for somebody new, when the platform forgets", async () => {
  const command = '{"id":2,"method":1,"params":{"channel":"$alerts:donation_1","recover":true,"seq":7}}';
  const { wire, told, misbehaviour } = await connected({ forget: 1 });
  wire.listener?.text(command);
  wire.listener?.text('{"id":3}');
  expect(told).toEqual([command.replace("true", "false"), '{"id":3}']);
  expect(misbehaviour.counts).toEqual({ forget: 1 });
});

test("every known close can be sent to all sockets at once", async () => {
  for (const { code, reason } of knownCloses) {
    const { wire, misbehaviour } = await connected();
    expect(misbehaviour.closeAll(code)).toBe(1);
    expect(wire.end).toEqual({ code, reason });
  }
});

test("connections are refused with 429, with Retry-After or without, and with 5xx", async () => {
  const clock = new TurnedClock();
  const misbehaviour = new Misbehaviour({ clock, random: () => 0 });
  const own: Endpoint = { name: "pally", matches: () => true, authorize: () => Promise.reject(new Error("was asked")) };
  const endpoint = new FaultyEndpoint(own, misbehaviour);
  misbehaviour.set({ tooMany: 1 });
  const bare = await endpoint.authorize({} as Handshake);
  expect(bare).toMatchObject({ status: 429 });
  expect(bare).not.toHaveProperty("retryAfter");
  misbehaviour.set({ retryAfter: 7 });
  expect(await endpoint.authorize({} as Handshake)).toMatchObject({ status: 429, retryAfter: 7 });
  misbehaviour.set({ tooMany: 0, serverError: 1, serverErrorStatus: 503 });
  expect(await endpoint.authorize({} as Handshake)).toMatchObject({ status: 503, contentType: "text/html" });
});

test("tokens expire all at once, or some time after they were issued; new ones work", () => {
  const clock = new TurnedClock();
  const misbehaviour = new Misbehaviour({ clock, random: () => 0 });
  misbehaviour.issued("first");
  expect(misbehaviour.isExpired("first")).toBe(false);
  misbehaviour.expireTokens();
  expect(misbehaviour.isExpired("first")).toBe(true);
  clock.pass(1);
  misbehaviour.issued("second");
  expect(misbehaviour.isExpired("second")).toBe(false);
  misbehaviour.set({ tokenLife: 2 });
  clock.pass(1999);
  expect(misbehaviour.isExpired("second")).toBe(false);
  clock.pass(1);
  expect(misbehaviour.isExpired("second")).toBe(true);
});
