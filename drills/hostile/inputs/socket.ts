import type { Random } from "../../../packages/server/test/random.ts";
import { handshakeText } from "../../../packages/server/test/raw-websocket.ts";
import { frame, opcodes } from "../../../packages/server/test/websocket-frames.ts";
import { anyValue, mutateJson, mutateText, pick, word } from "../mutate.ts";
import type { World } from "../world.ts";
import type { FramesInput, Protocol } from "./input.ts";
import { events } from "./request.ts";
import { bodies } from "./samples.ts";

/** A socket's handshake and frames, that keep to RFC 6455 unless `more` says otherwise. */
export function socket(
  protocol: Protocol,
  handshake: string,
  frames: readonly Uint8Array[],
  random: Random,
  more: Partial<FramesInput> = {},
): FramesInput {
  return {
    via: "socket",
    protocol,
    handshake: Buffer.from(handshake, "latin1"),
    frames,
    coalesced: random.chance(0.5),
    wellFramed: true,
    count: Math.max(1, frames.length),
    ...more,
  };
}

/** A handshake of the native protocol that is granted. `null` leaves a header out. */
export function nativeHandshake(world: World, after = "head", headers: Record<string, string | null> = {}): string {
  return handshakeText({
    path: `${events(world, world.read.slug)}?after=${after}`,
    headers: { Authorization: `Bearer ${world.key}`, ...headers },
  });
}

/** Frames that keep to RFC 6455, whatever is in them. */
export function wellFramed(random: Random, count: number, payload: () => string | Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: count }, () => {
    const content = payload();
    const isText = typeof content === "string";
    const bytes = Buffer.from(isText ? content.toWellFormed() : content).subarray(0, 65_536);
    const opcode = isText && bytes.length < 65_536 ? opcodes.text : opcodes.binary;
    if (random.chance(0.05))
      return frame(bytes.subarray(0, 125), { opcode: pick(random, [opcodes.ping, opcodes.pong]) });
    if (random.chance(0.9) || bytes.length === 0) return frame(bytes, { opcode });
    const cut = random.below(bytes.length);
    return Buffer.concat([
      frame(bytes.subarray(0, cut), { opcode, fin: false }),
      frame(bytes.subarray(cut), { opcode: opcodes.continuation }),
    ]);
  });
}

/** What no protocol expects, or what another one does. */
export function anyPayload(random: Random): string | Uint8Array {
  switch (random.below(5)) {
    case 0:
      return word(random);
    case 1:
      return JSON.stringify(anyValue(random)) ?? "";
    case 2:
      return mutateJson(random, pick(random, bodies));
    case 3:
      return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
    default:
      return mutateText(random, '{"type":"auth","token":"x"}');
  }
}
