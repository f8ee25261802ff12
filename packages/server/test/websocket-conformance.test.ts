/**
 * RFC 6455 against our three WebSocket endpoints, byte by byte. Where Bun's server does not follow it to the letter, the
 * vector is in a section "known deviations" that asserts what happens and says why it does no harm; docs/reliability.md
 * lists them.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Program, startProgram } from "./program.ts";
import { RawConnection } from "./raw-connection.ts";
import { acceptOf, type HandshakeOptions, handshakeText, RawWebSocket, sampleKey } from "./raw-websocket.ts";
import { closeFrame, type FrameOptions, frame, opcodes } from "./websocket-frames.ts";

const { continuation, text, binary, close, ping, pong } = opcodes;

interface Door {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

let program: Program;
let doors: Record<"native" | "tuniform" | "pally", Door>;

beforeAll(async () => {
  program = await startProgram({ args: ["--keepalive", "5", "--auth-seconds", "1", "--log", "json"] });
  const { streamToken } = await program.tipwireJson<{ streamToken: string }>("channel", "create", "ana");
  doors = {
    native: { path: "/v1/channels/ana/events", headers: { Authorization: `Bearer ${program.key}` } },
    tuniform: { path: `/ws?token=${streamToken}`, headers: {} },
    pally: { path: `/?auth=${program.key}&channel=activity-feed&room=ana`, headers: {} },
  };
});
afterAll(async () => {
  const faults = program.output().match(/"level":"ERROR".*/g);
  await program.stop();
  expect(faults).toBeNull();
});

const protocols = ["native", "tuniform", "pally"] as const;
type Protocol = (typeof protocols)[number];

function open(protocol: Protocol, options: Partial<HandshakeOptions> = {}): Promise<RawWebSocket> {
  const { path, headers } = doors[protocol];
  return RawWebSocket.open(program.port, { path, ...options, headers: { ...headers, ...options.headers } });
}

/** Sends the parts, each as a write of its own. */
async function sendAll(socket: RawWebSocket, parts: readonly Uint8Array[]): Promise<void> {
  for (const part of parts) {
    socket.send(part);
    if (parts.length > 1) await Bun.sleep(1);
  }
}

/** Sends, and waits until the server has taken all of it and goes on. */
async function expectTaken(protocol: Protocol, parts: readonly Uint8Array[]): Promise<RawWebSocket> {
  const socket = await open(protocol);
  await sendAll(socket, parts);
  socket.send(frame("still here", { opcode: ping }));
  const alive = Buffer.from("still here").toString("hex");
  await socket.until(() => socket.pongs.includes(alive) || undefined);
  expect([socket.close, socket.isEnded]).toEqual([undefined, false]);
  socket.terminate();
  return socket;
}

/** Sends, and waits until the server has closed. */
async function expectClosed(protocol: Protocol, parts: readonly Uint8Array[], code: number): Promise<RawWebSocket> {
  const socket = await open(protocol);
  await sendAll(socket, parts);
  await socket.ended();
  expect(socket.close?.code).toBe(code);
  for (const { masked, fin, rsv } of socket.frames) expect([masked, fin, rsv]).toEqual([false, true, 0]);
  return socket;
}

function f(payload: string | Uint8Array, opcode: number = text, options: FrameOptions = {}): Buffer {
  return frame(payload, { opcode, ...options });
}

function part(payload: string | Uint8Array, opcode: number = continuation): Buffer {
  return frame(payload, { opcode, fin: false });
}

function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(" ", ""), "hex");
}

/** What asks Pally's endpoint to say `payload` back. */
function echo(payload: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('{"type":"echo","payload":"'), Buffer.from(payload), Buffer.from('"}')]);
}

/** Cuts a text message at these places. */
function fragments(message: Uint8Array, ...cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts, message.length];
  return edges.slice(1).map((to, i) => {
    const opcode = i === 0 ? text : continuation;
    return frame(message.subarray(edges[i], to), { opcode, fin: i === edges.length - 2 });
  });
}

describe.each([...protocols])("the handshake of %s", (protocol) => {
  async function status(options: Partial<HandshakeOptions>): Promise<number> {
    const socket = await open(protocol, options);
    socket.terminate();
    return socket.answer.status;
  }

  test("is answered as section 4.2.2 says", async () => {
    const { answer } = await open(protocol);
    expect(answer.status).toBe(101);
    expect(answer.headers.get("upgrade")).toBe("websocket");
    expect(answer.headers.get("connection")?.toLowerCase()).toBe("upgrade");
    expect(answer.headers.get("sec-websocket-accept")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    expect(answer.headers.has("sec-websocket-extensions")).toBe(false);
    expect(answer.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test.each([1, 2, 3, 4])("answers key %i with its own digest", async () => {
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
    const { answer } = await open(protocol, { headers: { "Sec-WebSocket-Key": key } });
    expect(answer.headers.get("sec-websocket-accept")).toBe(acceptOf(key));
  });

  const accepted: readonly [string, Partial<HandshakeOptions>][] = [
    ["Upgrade: WebSocket", { headers: { Upgrade: "WebSocket" } }],
    ["Upgrade: WEBSOCKET", { headers: { Upgrade: "WEBSOCKET" } }],
    ["Upgrade: h2c, websocket", { headers: { Upgrade: "h2c, websocket" } }],
    ["Connection: upgrade", { headers: { Connection: "upgrade" } }],
    ["Connection: keep-alive, Upgrade", { headers: { Connection: "keep-alive, Upgrade" } }],
    ["Connection: Upgrade,close", { headers: { Connection: "Upgrade,close" } }],
    [
      "names in small letters",
      {
        headers: {
          "Sec-WebSocket-Key": null,
          "Sec-WebSocket-Version": null,
          "sec-websocket-key": sampleKey,
          "sec-websocket-version": "13",
        },
      },
    ],
    ["names in capitals", { headers: { "Sec-WebSocket-Key": null, "SEC-WEBSOCKET-KEY": sampleKey } }],
    ["white space around values", { headers: { "Sec-WebSocket-Key": `   ${sampleKey}  ` } }],
    ["a foreign Origin", { headers: { Origin: "https://elsewhere.example" } }],
    ["Origin: null", { headers: { Origin: "null" } }],
    ["a cookie", { headers: { Cookie: "a=b; c=d" } }],
    ["a header of 4 KB", { headers: { "X-Long": "x".repeat(4096) } }],
    ["forty more headers", { headers: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`X-${i}`, "x"])) }],
  ];
  test.each(accepted)("takes %s", async (_, options) => {
    expect(await status(options)).toBe(101);
  });

  const refused: readonly [string, number, Partial<HandshakeOptions>][] = [
    ["no key", 426, { headers: { "Sec-WebSocket-Key": null } }],
    ["an empty key", 426, { headers: { "Sec-WebSocket-Key": "" } }],
    ["a key of 3 letters", 426, { headers: { "Sec-WebSocket-Key": "abc" } }],
    ["a key of 15 bytes", 426, { headers: { "Sec-WebSocket-Key": Buffer.alloc(15).toString("base64") } }],
    ["a key of 17 bytes", 426, { headers: { "Sec-WebSocket-Key": Buffer.alloc(17).toString("base64") } }],
    ["a key that is no base64", 426, { headers: { "Sec-WebSocket-Key": "!!!!!!!!!!!!!!!!!!!!!!==" } }],
    ["two keys", 426, { headers: { "sec-websocket-key": sampleKey } }],
    ["no version", 426, { headers: { "Sec-WebSocket-Version": null } }],
    ["version 8", 426, { headers: { "Sec-WebSocket-Version": "8" } }],
    ["version 12", 426, { headers: { "Sec-WebSocket-Version": "12" } }],
    ["version 14", 426, { headers: { "Sec-WebSocket-Version": "14" } }],
    ["version 130", 426, { headers: { "Sec-WebSocket-Version": "130" } }],
    ["version thirteen", 426, { headers: { "Sec-WebSocket-Version": "thirteen" } }],
    ["no Connection", 426, { headers: { Connection: null } }],
    ["Connection: close", 426, { headers: { Connection: "close" } }],
    ["Connection: keep-alive", 426, { headers: { Connection: "keep-alive" } }],
    ["Connection: upgrades", 426, { headers: { Connection: "upgrades" } }],
    ["Upgrade: h2c", 426, { headers: { Upgrade: "h2c" } }],
    ["Upgrade: websockets", 426, { headers: { Upgrade: "websockets" } }],
    ["no Upgrade", 426, { headers: { Upgrade: null } }],
    ["no Host", 400, { headers: { Host: null } }],
    ["a Host that is none", 400, { headers: { Host: "a b" } }],
    ["a header without a name", 400, { headers: { "": "x" } }],
    ["NUL in a header", 400, { headers: { "X-Nul": "a\0b" } }],
    ["HTTP/1.2", 505, { version: "HTTP/1.2" }],
    ["HTTP/2.0", 505, { version: "HTTP/2.0" }],
    ["method HEAD", 426, { method: "HEAD" }],
    ["method PUT", 426, { method: "PUT", headers: { "Content-Length": "0" } }],
    ["method DELETE", 426, { method: "DELETE" }],
  ];
  // Without a handshake in it, the addresses of the native protocol and of the page at / are ordinary ones.
  const ordinary: Partial<Record<Protocol, number>> = { native: 200, pally: 200 };
  test.each(refused)("refuses %s with %i", async (_, expected, options) => {
    const socket = await open(protocol, options);
    socket.terminate();
    const { Connection, Upgrade } = options.headers ?? {};
    const noHandshake = Connection !== undefined || Upgrade !== undefined;
    expect(socket.answer.status).toBe(noHandshake ? (ordinary[protocol] ?? expected) : expected);
    if (socket.answer.status === 426) expect(socket.answer.headers.has("sec-websocket-accept")).toBe(false);
  });

  test("a wrong version is refused with the one that we speak", async () => {
    const { answer } = await open(protocol, { headers: { "Sec-WebSocket-Version": "8" } });
    expect([answer.status, answer.headers.get("sec-websocket-version")]).toEqual([426, "13"]);
  });

  test("may come byte by byte", async () => {
    const { path, headers } = doors[protocol];
    const connection = await RawConnection.open(program.port);
    for (const byte of Buffer.from(handshakeText({ path, headers }))) connection.write(Buffer.of(byte));
    const answer = await connection.until((received) => (received.includes("\r\n\r\n") ? received : undefined));
    expect(answer?.toString("latin1")).toStartWith("HTTP/1.1 101 ");
    connection.terminate();
  });

  test("frames in the same write as the request are read", async () => {
    const behind = Buffer.concat([f("one", ping), f("two", ping)]);
    const socket = await open(protocol, { behind });
    await socket.until(() => socket.pongs.length === 2 || undefined);
    expect(socket.pongs).toEqual(["one", "two"].map((each) => Buffer.from(each).toString("hex")));
    socket.terminate();
  });

  test("a close in the same write as the request is answered", async () => {
    const socket = await open(protocol, { behind: closeFrame(1000, "at once") });
    await socket.ended();
    expect(socket.close).toEqual({ code: 1000, reason: "at once" });
  });

  test("what is offered is not negotiated: no extension", async () => {
    const offer = "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame";
    const { answer } = await open(protocol, { headers: { "Sec-WebSocket-Extensions": offer } });
    expect([answer.status, answer.headers.get("sec-websocket-extensions")]).toEqual([101, null]);
  });

  describe("known deviations", () => {
    // 4.1: HTTP/1.1 or higher. Nothing of a handshake depends on the version, and no browser or proxy sends it.
    test("HTTP/1.0 is upgraded", async () => {
      expect(await status({ version: "HTTP/1.0" })).toBe(101);
    });

    // 4.2.2: a subprotocol that the server is ready to use. The first one offered is confirmed, without which a browser
    // that offers any would not connect; what we say does not depend on it.
    test("a subprotocol is confirmed though we know none", async () => {
      const { answer } = await open(protocol, { headers: { "Sec-WebSocket-Protocol": "chat, superchat" } });
      expect([answer.status, answer.headers.get("sec-websocket-protocol")]).toEqual([101, "chat"]);
    });
  });
});

describe.each([...protocols])("frames to %s", (protocol) => {
  const wrong: readonly [string, number, readonly Uint8Array[]][] = [
    ["an unmasked text", 1002, [f("x", text, { masked: false })]],
    ["an unmasked ping", 1002, [f("x", ping, { masked: false })]],
    ["an unmasked close", 1002, [f(hex("03e8"), close, { masked: false })]],
    ["an unmasked empty text", 1002, [f("", text, { masked: false })]],
    ...[1, 2, 3, 4, 5, 6, 7].map((rsv): [string, number, Uint8Array[]] => [
      `reserved bits ${rsv}`,
      1002,
      [f("x", text, { rsv })],
    ]),
    ["a reserved bit on a ping", 1002, [f("x", ping, { rsv: 4 })]],
    ["a reserved bit on a close", 1002, [f("", close, { rsv: 1 })]],
    ["a reserved bit on a continuation", 1002, [part("a", text), f("b", continuation, { rsv: 2 })]],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode): [string, number, Uint8Array[]][] => [
      [`opcode ${opcode}`, 1002, [f("x", opcode)]],
      [`opcode ${opcode}, empty`, 1002, [f("", opcode)]],
    ]),
    ["a reserved opcode within a message", 1002, [part("a", text), f("", 3)]],
    ["a ping of 126 bytes", 1002, [f("x".repeat(126), ping)]],
    ["a pong of 126 bytes", 1002, [f("x".repeat(126), pong)]],
    ["a close of 126 bytes", 1002, [closeFrame(1000, "x".repeat(124))]],
    ["a ping of 65,536 bytes", 1002, [f("x".repeat(65_536), ping)]],
    ["a ping whose length is written in 16 bits", 1002, [f("x", ping, { lengthBits: 16 })]],
    ["a ping whose length is written in 64 bits", 1002, [f("x", ping, { lengthBits: 64 })]],
    ["a ping in fragments", 1002, [part("x", ping)]],
    ["a pong in fragments", 1002, [part("x", pong)]],
    ["a close in fragments", 1002, [part(hex("03e8"), close)]],
    ["a continuation of nothing", 1002, [f("x", continuation)]],
    ["a continuation of nothing that is to be continued", 1002, [part("x")]],
    ["a continuation after a whole message", 1002, [f("x"), f("y", continuation)]],
    ["a continuation after the last fragment", 1002, [part("x", text), f("y", continuation), f("z", continuation)]],
    ["a text within a text", 1002, [part("x", text), f("y")]],
    ["a text's beginning within a text", 1002, [part("x", text), part("y", text)]],
    ["a binary within a text", 1002, [part("x", text), f("y", binary)]],
    ["a text within a binary", 1002, [part("x", binary), f("y")]],
    ["a text that is not UTF-8", 1007, [f(hex("ff"))]],
    ["a text in two, each half of it not UTF-8", 1007, [part(hex("ce"), text), f("A", continuation)]],
    ["65,537 bytes", 1009, [f("x".repeat(65_537))]],
    ["65,537 bytes of binary", 1009, [f(new Uint8Array(65_537), binary)]],
    ["a length of 2^31", 1009, [f("x", text, { lengthBits: 64, length: 1n << 31n })]],
    ["a length of 2^32 + 1", 1009, [f("x", text, { lengthBits: 64, length: (1n << 32n) + 1n })]],
    ["a length of 2^53", 1009, [f("x", text, { lengthBits: 64, length: 1n << 53n })]],
    ["a length of 2^63 - 1", 1009, [f("x", text, { lengthBits: 64, length: (1n << 63n) - 1n })]],
    ["fragments of 65,537 bytes in all", 1009, [part("x".repeat(65_536), text), f("y", continuation)]],
    [
      "fragments that never end",
      1009,
      [part("x".repeat(30_000), text), part("y".repeat(30_000)), part("z".repeat(9000))],
    ],
  ];
  test.each(wrong)("%s: closed with %i", async (_, code, parts) => {
    await expectClosed(protocol, parts, code);
  });

  const right: readonly [string, readonly Uint8Array[]][] = [
    ["an empty text", [f("")]],
    ["an empty binary", [f("", binary)]],
    ["125 bytes", [f("x".repeat(125))]],
    ["126 bytes", [f("x".repeat(126))]],
    ["65,535 bytes", [f("x".repeat(65_535))]],
    ["65,536 bytes", [f("x".repeat(65_536))]],
    ["65,536 bytes in fragments", [part("x".repeat(40_000), text), f("y".repeat(25_536), continuation)]],
    ["a binary that is not UTF-8", [f(hex("ff fe 00"), binary)]],
    ["a mask of zeros", [f("x", text, { mask: [0, 0, 0, 0] })]],
    ["a mask of ones", [f("x", text, { mask: [255, 255, 255, 255] })]],
    ["an empty ping", [f("", ping)]],
    ["a pong that nobody asked for", [f("x", pong)]],
    ["an empty pong", [f("", pong)]],
    ["a pong of 125 bytes", [f("x".repeat(125), pong)]],
    ["empty fragments", [part("", text), part(""), f("", continuation)]],
    ["thirty fragments", [part("x", text), ...Array.from({ length: 28 }, () => part("y")), f("z", continuation)]],
    ["a ping within a message", [part("x", text), f("p", ping), f("y", continuation)]],
    ["a pong within a message", [part("x", text), f("p", pong), f("y", continuation)]],
    ["a fragmented binary", [part("x", binary), f("y", continuation)]],
    ["three frames in one write", [Buffer.concat([f("a"), f("b", binary), f("c", pong)])]],
    ["a frame byte by byte", [...f("hello")].map((byte) => Buffer.of(byte))],
    ["a frame cut within its length", [f("x".repeat(300)).subarray(0, 3), f("x".repeat(300)).subarray(3)]],
    ["a frame cut within its mask", [f("hello").subarray(0, 4), f("hello").subarray(4)]],
  ];
  test.each(right)("%s: taken", async (_, parts) => {
    await expectTaken(protocol, parts);
  });

  const pings = ["", "78", "00fffe", "68656c6c6f20e4bda0", "61".repeat(124), "00".repeat(125)];
  test.each(pings)("a ping %p comes back as a pong with the same bytes", async (payload) => {
    const socket = await open(protocol);
    socket.send(f(hex(payload), ping));
    await socket.until(() => socket.pongs.length > 0 || undefined);
    expect(socket.pongs).toEqual([payload]);
    socket.terminate();
  });

  test("ten pings are answered in their order, or the last of them at least", async () => {
    const socket = await open(protocol);
    socket.send(Buffer.concat(Array.from({ length: 10 }, (_, i) => f(Buffer.of(i), ping))));
    await socket.until(() => socket.pongs.includes("09") || undefined);
    expect(socket.pongs).toEqual([...socket.pongs].sort());
    socket.terminate();
  });

  const valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
  test.each(valid)("close %i is echoed", async (code) => {
    expect((await expectClosed(protocol, [closeFrame(code, "bye")], code)).close?.reason).toBe("bye");
  });

  const invalid = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32_768, 65_535];
  test.each(invalid)("close %i is a protocol error", async (code) => {
    await expectClosed(protocol, [closeFrame(code)], 1002);
  });

  test("an empty close is answered with an empty one", async () => {
    await expectClosed(protocol, [closeFrame()], 1005);
  });
  test("a close of one byte is a protocol error", async () => {
    await expectClosed(protocol, [f(hex("03"), close)], 1002);
  });
  test("a reason of 123 bytes comes back whole", async () => {
    const reason = `${"é".repeat(61)}x`;
    expect((await expectClosed(protocol, [closeFrame(1000, reason)], 1000)).close?.reason).toBe(reason);
  });
  test.each(["ff", "c080", "eda080", "e282", "f4908080"])("a reason that is not UTF-8 (%s): 1007", async (reason) => {
    await expectClosed(protocol, [closeFrame(1000, hex(reason))], 1007);
  });
  test("a close within a fragmented message is echoed", async () => {
    await expectClosed(protocol, [part("x", text), closeFrame(1000)], 1000);
  });
  test("nothing behind a close is answered", async () => {
    const behind = Buffer.concat([closeFrame(1000), f("p", ping), f("ping")]);
    expect((await expectClosed(protocol, [behind], 1000)).pongs).toEqual([]);
  });
  test("one close is sent, whatever comes", async () => {
    const twice = Buffer.concat([closeFrame(1001), closeFrame(1000), f("x", 3)]);
    const socket = await expectClosed(protocol, [twice], 1001);
    expect(socket.frames.filter(({ opcode }) => opcode === close)).toHaveLength(1);
  });
  test("a connection that ends in the middle of a frame is forgotten", async () => {
    const socket = await open(protocol);
    socket.send(f("hello").subarray(0, 5));
    socket.terminate();
    await expectTaken(protocol, []);
  });

  describe("known deviations", () => {
    // 5.2: the minimal number of bytes MUST be used. What a longer form says is unambiguous and limited all the same.
    const longer: readonly [string, readonly Uint8Array[]][] = [
      ["4 bytes in 16 bits", [f("ping", text, { lengthBits: 16 })]],
      ["4 bytes in 64 bits", [f("ping", text, { lengthBits: 64 })]],
      ["0 bytes in 64 bits", [f("", binary, { lengthBits: 64 })]],
      ["300 bytes in 64 bits", [f("x".repeat(300), text, { lengthBits: 64 })]],
    ];
    test.each(longer)("%s: taken", async (_, parts) => {
      await expectTaken(protocol, parts);
    });
    // 5.2: the most significant bit MUST be 0. It is read as a length, and closed as too big rather than as wrong.
    test("a length with the highest bit set: closed with 1009 instead of 1002", async () => {
      await expectClosed(protocol, [f("x", text, { lengthBits: 64, length: 1n << 63n })], 1009);
    });
  });
});

describe("messages as they are put together (Pally's echo and ping)", () => {
  async function answered(parts: readonly Uint8Array[], count = 1): Promise<readonly string[]> {
    const socket = await open("pally");
    await sendAll(socket, parts);
    await socket.until(() => socket.texts.length >= count || undefined);
    socket.terminate();
    return socket.texts;
  }

  const pongs: readonly [string, readonly Uint8Array[]][] = [
    ["whole", [f("ping")]],
    ["in two", [part("pi", text), f("ng", continuation)]],
    ["in four", [part("p", text), part("i"), part("n"), f("g", continuation)]],
    ["with empty fragments around", [part("", text), part("ping"), f("", continuation)]],
    ["with a ping between", [part("pi", text), f("between", ping), f("ng", continuation)]],
    ["with a pong between", [part("pi", text), f("between", pong), f("ng", continuation)]],
    ["with another mask on each fragment", [part("pi", text), f("ng", continuation, { mask: [9, 8, 7, 6] })]],
    ["byte by byte", [...f("ping")].map((byte) => Buffer.of(byte))],
    ["as binary", [f("ping", binary)]],
    ["behind another message in one write", [Buffer.concat([f("x"), f("ping")])]],
  ];
  test.each(pongs)("ping %s: pong", async (_, parts) => {
    expect(await answered(parts)).toEqual(["pong"]);
  });

  test("a ping between fragments is answered before the message is whole", async () => {
    const socket = await open("pally");
    socket.send(Buffer.concat([part("pi", text), f("between", ping)]));
    await socket.until(() => socket.pongs.length > 0 || undefined);
    expect(socket.texts).toEqual([]);
    socket.send(f("ng", continuation));
    expect(await socket.until(() => socket.texts[0])).toBe("pong");
    socket.terminate();
  });

  const texts = [
    ["κόσμε", "two bytes"],
    ["日本語", "three bytes"],
    ["😀👩‍👩‍👧", "four bytes"],
    ["\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}", "the borders of each length"],
    ["\ud7ff\ue000\ufffd", "around the surrogates"],
    ["\u202e\u2066x\u2069\u200b\ufeff", "directions and nothings"],
    ["\u{1fffe}\ufffe\ufdd0", "characters that are none"],
  ] as const;
  test.each([...texts])("%p comes back (%s)", async (payload) => {
    expect(await answered([f(echo(payload))])).toEqual([JSON.stringify(payload)]);
  });
  test.each([...texts])("%p comes back cut at every byte (%s)", async (payload) => {
    const message = echo(payload);
    const cuts = Array.from({ length: message.length - 1 }, (_, i) => i + 1);
    expect(await answered(fragments(message, ...cuts))).toEqual([JSON.stringify(payload)]);
  });

  const broken: readonly [string, string][] = [
    ["a byte that never occurs", "ff"],
    ["another", "fe"],
    ["a lone continuation", "80"],
    ["two of them", "80bf"],
    ["a cut character of two bytes", "c3"],
    ["a cut character of three bytes", "e282"],
    ["a cut character of four bytes", "f09f98"],
    ["NUL, overlong", "c080"],
    ["a slash, overlong", "c0af"],
    ["a slash in three bytes", "e080af"],
    ["a slash in four bytes", "f08080af"],
    ["U+007F in two bytes", "c1bf"],
    ["U+07FF in three bytes", "e09fbf"],
    ["U+FFFF in four bytes", "f08fbfbf"],
    ["a high surrogate", "eda080"],
    ["a low surrogate", "edbfbf"],
    ["a pair of surrogates", "eda0bdedb880"],
    ["beyond U+10FFFF", "f4908080"],
    ["five bytes", "f888808080"],
    ["six bytes", "fc8480808080"],
    ["a wrong continuation", "c328"],
    ["a wrong third byte", "e28228"],
    ["a wrong fourth byte", "f09f9828"],
    ["a right beginning and a wrong end", "ceba e1bdb9 cf83 ff"],
  ];
  test.each(broken)("%s (%s): 1007, and nothing is said back", async (_, bytes) => {
    expect((await expectClosed("pally", [f(echo(hex(bytes)))], 1007)).texts).toEqual([]);
  });
  test.each(broken)("%s (%s) in fragments: 1007", async (_, bytes) => {
    const message = echo(hex(bytes));
    await expectClosed("pally", fragments(message, 26, 27), 1007);
  });

  test("64 KB come back", async () => {
    const payload = "x".repeat(65_536 - echo("").length);
    expect(await answered([f(echo(payload))])).toEqual([`"${payload}"`]);
  });

  test("of 70 messages in ten seconds sixty are answered, and the socket stays open", async () => {
    const socket = await open("pally");
    socket.send(Buffer.concat([...Array.from({ length: 70 }, () => f("ping")), f("end", ping)]));
    await socket.until(() => socket.pongs.length > 0 || undefined);
    expect(socket.texts).toHaveLength(60);
    socket.terminate();
  });
});

describe("the native protocol's first message", () => {
  async function withoutHeader(...parts: readonly Uint8Array[]): Promise<RawWebSocket> {
    const socket = await open("native", { headers: { Authorization: null } });
    await sendAll(socket, parts);
    return socket;
  }
  const auth = () => Buffer.from(JSON.stringify({ type: "auth", token: program.key }));

  test.each(["whole", "in fragments", "byte by byte", "as binary"])("%s: hello", async (way) => {
    const ways: Record<string, () => Buffer[]> = {
      whole: () => [f(auth())],
      "in fragments": () => fragments(auth(), 1, 10, 40),
      "byte by byte": () => [...f(auth())].map((byte) => Buffer.of(byte)),
      "as binary": () => [f(auth(), binary)],
    };
    const socket = await withoutHeader(...(ways[way]?.() ?? []));
    const hello = await socket.until(() => socket.texts[0]);
    expect(JSON.parse(hello ?? "{}")).toMatchObject({ type: "hello", protocol: 1 });
    socket.terminate();
  });

  test("in the same write as the handshake: hello", async () => {
    const socket = await open("native", { headers: { Authorization: null }, behind: f(auth()) });
    expect(await socket.until(() => socket.texts[0])).toContain('"type":"hello"');
    socket.terminate();
  });

  test.each(["", "null", "[]", "{", '{"type":"auth"}', '{"type":"auth","token":1}', '{"token":"x"}', "ping"])(
    "%p: 4500",
    async (message) => {
      const socket = await withoutHeader(f(message));
      await socket.ended();
      expect(socket.close?.code).toBe(4500);
    },
  );

  test("half of it, and then nothing: 4501 in time", async () => {
    const socket = await withoutHeader(f(auth()).subarray(0, 20));
    await socket.ended();
    expect(socket.close?.code).toBe(4501);
  });

  test("pings and pongs do not put the end off", async () => {
    const socket = await withoutHeader(f("x", ping), f("x", pong));
    const timer = setInterval(() => socket.send(f("x", ping)), 100);
    await socket.ended();
    clearInterval(timer);
    expect(socket.close?.code).toBe(4501);
  });

  test("an idle session hears a keepalive", async () => {
    const socket = await withoutHeader(f(auth()));
    expect(await socket.until(() => socket.texts[1])).toBe('{"type":"keepalive"}');
    socket.terminate();
  });
});
