import type { Random } from "../../../packages/server/test/random.ts";
import { handshakeText } from "../../../packages/server/test/raw-websocket.ts";
import { frame } from "../../../packages/server/test/websocket-frames.ts";
import { mutateBytes, pick, word } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Kind, Protocol } from "./input.ts";
import { nativeHandshake, socket, wellFramed } from "./socket.ts";

/** What keeps neither to HTTP's upgrade nor to RFC 6455. */
export const brokenSocketKinds: readonly Kind[] = [
  {
    name: "WebSocket: broken framing",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const [protocol, handshake] = doors(world, random);
      const before = wellFramed(random, random.below(3), () => "ping");
      const broken = Array.from({ length: 1 + random.below(4) }, () => brokenFrame(random));
      // What comes behind the first broken one may never be looked at.
      return socket(protocol, handshake, [...before, ...broken], random, { wellFramed: false, count: 1 });
    },
  },
  {
    name: "WebSocket: broken handshake",
    authenticated: false,
    share: 12,
    make: (world, random) => {
      const [protocol, handshake] = doors(world, random);
      const mutated = mutateBytes(random, Buffer.from(handshake, "latin1")).toString("latin1");
      return socket(protocol, mutated, [], random, { wellFramed: false });
    },
  },
];

/** A frame whose header is wrong, or bytes that are none. */
function brokenFrame(random: Random): Uint8Array {
  const options = {
    opcode: random.below(16),
    fin: random.chance(0.7),
    rsv: random.chance(0.3) ? random.below(8) : 0,
    masked: random.chance(0.8),
    lengthBits: pick(random, [7, 16, 64] as const),
    ...(random.chance(0.3) && { length: BigInt(random.below(2 ** 31)) << BigInt(random.below(33)) }),
  };
  const bytes = frame(word(random).toWellFormed(), options);
  return random.chance(0.5) ? mutateBytes(random, bytes) : bytes;
}

function doors(world: World, random: Random): readonly [Protocol, string] {
  return pick<readonly [Protocol, string]>(random, [
    ["native", nativeHandshake(world)],
    ["tuniform", handshakeText({ path: `/ws?token=${world.read.streamToken}` })],
    ["pally", handshakeText({ path: `/?auth=${world.key}&channel=activity-feed&room=${world.read.slug}` })],
  ]);
}
