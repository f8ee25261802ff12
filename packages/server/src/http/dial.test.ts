import { afterEach, expect, test } from "bun:test";
import { until } from "../../test/delivery-room.ts";
import { type Script, TranscriptPlayer } from "../../test/transcript-player.ts";
import { frame, opcodes } from "../../test/websocket-frames.ts";
import { systemClock } from "../core/clock.ts";
import type { Socket } from "../core/socket.ts";
import type { Dialled, DialOptions } from "../intake/dial.ts";
import { webSocketDial } from "./dial.ts";

let player: TranscriptPlayer | undefined;

afterEach(() => {
  player?.stop();
  player = undefined;
});

/** A client that dialled what the script plays. */
class Caller {
  readonly texts: string[] = [];
  readonly ends: string[] = [];
  readonly stop = new AbortController();
  heard = 0;
  socket: Socket | undefined;
  dialled: Dialled | undefined;

  async dial(url: string, options: Partial<DialOptions> = {}): Promise<Dialled> {
    const serve = (socket: Socket) => {
      this.socket = socket;
      return {
        text: (message: string) => void this.texts.push(message),
        drain: () => undefined,
        closed: (code: number, reason: string) => void this.ends.push(`${code} ${reason}`),
        stalled: () => undefined,
        shutdown: () => undefined,
      };
    };
    const heard = () => void this.heard++;
    this.dialled = await webSocketDial(systemClock)(url, serve, { signal: this.stop.signal, heard, ...options });
    return this.dialled;
  }

  async end(): Promise<string> {
    await until(() => this.ends.length > 0);
    return this.ends.join();
  }
}

async function call(script: Script, options: Partial<DialOptions> = {}): Promise<Caller> {
  player = await TranscriptPlayer.start(script);
  const caller = new Caller();
  await caller.dial(`${player.url}/ws?token=geheim`, options);
  return caller;
}

test("what is said in the very breath of the handshake is heard, in order, text and binary and fragments", async () => {
  const binary = frame("binär", { opcode: opcodes.binary, masked: false });
  const fragments = [
    frame("ge", { fin: false, masked: false }),
    frame("teilt", { opcode: opcodes.continuation, masked: false }),
  ];
  const caller = await call(async (line) => {
    line.accept();
    line.say("first");
    line.ping("are you there");
    line.bytes(binary);
    for (const fragment of fragments) line.bytes(fragment);
    expect((await line.next(opcodes.pong)).payload.toString()).toBe("are you there");
    expect(await line.text()).toBe("hello");
    expect((await line.next(opcodes.ping)).payload).toHaveLength(0);
    await line.close(1001, "going away");
  });
  expect(caller.dialled).toEqual({ status: "open" });
  expect(player?.requests).toEqual(["/ws?token=geheim"]);
  expect(caller.socket?.send(["hello"])).toBe(true);
  caller.socket?.ping();
  expect(await caller.end()).toBe("1001 going away");
  expect(caller.texts).toEqual(["first", "binär", "geteilt"]);
  expect(caller.heard).toBe(5);
});

test.each([401, 403, 404, 429, 500, 503])("an upgrade that is refused with %d", async (status) => {
  const caller = await call((line) => line.refuse(status, "Invalid or expired token"));
  expect(caller.dialled).toEqual({ status: "refused", httpStatus: status });
  expect(caller.ends).toEqual([]);
});

test("nobody there, nonsense for an answer, and no answer at all: a reason without the address", async () => {
  const silent = await call((line) => line.ended(), { within: 50 });
  expect(silent.dialled).toEqual({ status: "unreachable", reason: "There was no answer within 0.05 seconds." });
  player?.stop();
  for (const script of [(line) => line.bytes("SSH-2.0-x\r\n\r\n"), (line) => line.drop()] satisfies Script[]) {
    const { dialled } = await call(script);
    expect(dialled).toMatchObject({ status: "unreachable", reason: expect.stringMatching(/^[A-Z].+\.$/) });
    player?.stop();
  }
  for (const url of [
    "ws://127.0.0.1:1/?auth=geheim",
    "nonsense geheim",
    "ws://256.256.256.256/geheim",
    "ftp://a/geheim",
  ]) {
    const dialled = await new Caller().dial(url);
    expect(dialled).toMatchObject({ status: "unreachable", reason: expect.stringMatching(/^[A-Z].+\.$/) });
    expect(JSON.stringify(dialled)).not.toContain("geheim");
  }
});

test("a connection that breaks off ends with 1006", async () => {
  const caller = await call((line) => {
    line.accept();
    line.say("x");
    setImmediate(() => line.drop());
  });
  expect(await caller.end()).toStartWith("1006");
});

test("a message that is too large ends it with 1009, in the middle of others", async () => {
  const caller = await call(
    async (line) => {
      line.accept();
      line.say("fits", "x".repeat(1001), "after");
      expect((await line.next(opcodes.close)).payload.readUInt16BE(0)).toBe(1009);
    },
    { frameBytes: 1000 },
  );
  expect(await caller.end()).toBe("1009 the message is too large");
  expect(caller.texts).toEqual(["fits"]);
});

test("a signal ends the attempt, and the connection", async () => {
  const stopped = new Caller();
  stopped.stop.abort();
  expect(await stopped.dial("ws://127.0.0.1:1/")).toEqual({ status: "unreachable", reason: "It was stopped." });

  player = await TranscriptPlayer.start((line) => line.ended());
  const attempting = new Caller();
  const dialled = attempting.dial(player.url);
  await until(() => player?.requests.length === 1);
  attempting.stop.abort();
  expect(await dialled).toEqual({ status: "unreachable", reason: "It was stopped." });

  player.add(async (line) => {
    line.accept();
    await line.ended();
  });
  const open = new Caller();
  await open.dial(player.url);
  open.stop.abort();
  expect(await open.end()).toBe("1000 ");
});

test("after its end nothing throws, nothing is sent, and the end is told once", async () => {
  const caller = await call(async (line) => {
    line.accept();
    expect(await line.text()).toBe("last");
    line.say("too late");
    await line.ended();
    expect(line.frames.filter(({ opcode }) => opcode === opcodes.text)).toEqual([]);
  });
  caller.socket?.send(["last"]);
  caller.socket?.close(4000, "done");
  caller.socket?.send(["more"]);
  caller.socket?.ping();
  caller.socket?.close(1000, "again");
  caller.stop.abort();
  expect(await caller.end()).toBe("4000 done");
  await player?.played();
  expect(caller.ends).toEqual(["4000 done"]);
  expect(caller.texts).toEqual([]);
});
