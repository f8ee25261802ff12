import type { Random } from "../../../packages/server/test/random.ts";
import type { SocketInput } from "../socket-lane.ts";
import type { World } from "../world.ts";

/** By the name of its endpoint. */
export type Protocol = "native" | "tuniform" | "pally" | "donationalerts" | "overlay";

export interface HttpInput {
  readonly via: "http";
  readonly bytes: Buffer;
  /** `ours`: an answer of our own API. `runtime`: headers or address may be refused by the HTTP parser. `raw`: no HTTP. */
  readonly answers: "ours" | "runtime" | "raw";
  readonly head?: boolean;
  /** A long poll: it may still wait when its time is over. */
  readonly mayWait?: boolean;
}

export interface FramesInput extends SocketInput {
  readonly via: "socket";
  readonly protocol: Protocol;
  /** Keeps to the framing and may still be a reason to close. */
  readonly mayClose?: boolean;
  /** How many inputs it counts as. */
  readonly count: number;
}

export type Input = HttpInput | FramesInput;

/** A row of the table: an endpoint or a type of message. */
export interface Kind {
  readonly name: string;
  /** Whether it begins as valid traffic of somebody who may. */
  readonly authenticated: boolean;
  /** How much of all it is, beside the others' shares. */
  readonly share: number;
  /** What it creates stays; beyond so many nothing is learnt from more of it. */
  readonly most?: number;
  make(world: World, random: Random): Input;
}
