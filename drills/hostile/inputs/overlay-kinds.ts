import type { OverlayHello, OverlayRequest } from "@tipwire/client";
import type { Random } from "../../../packages/server/test/random.ts";
import { handshakeText } from "../../../packages/server/test/raw-websocket.ts";
import { frame } from "../../../packages/server/test/websocket-frames.ts";
import { anyValue, mutateJson, mutateText, pick } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Kind } from "./input.ts";
import { type Headers, request } from "./request.ts";
import { anyPayload, socket, wellFramed } from "./socket.ts";

const handshake = handshakeText({ path: "/overlay/feed" });

const messages: readonly Readonly<Record<string, unknown>>[] = [
  { type: "started", showing: "1", at: 1_795_000_000_000, visible: true },
  { type: "finished", showing: "1", at: 1_795_000_000_000, shown: 5000, visible: 4000 },
  { type: "failed", showing: "1", at: 1_795_000_000_000, reason: "no sound" },
  { type: "visible", visible: false },
  { type: "pong" },
  { type: "streaming", streaming: true, active: null },
];

/** Pages of screens: `/overlay/feed`. */
export const overlayKinds: readonly Kind[] = [
  {
    name: "overlay: hello",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const text = random.chance(0.2) ? JSON.stringify(hello(world, random)) : mutateJson(random, hello(world, random));
      const frames = wellFramed(random, 1, () => (random.chance(0.9) ? text : anyPayload(random)));
      return socket("overlay", handshake, frames, random, { mayClose: true });
    },
  },
  {
    name: "overlay: reports",
    authenticated: true,
    share: 40,
    make: (world, random) => {
      const first = frame(JSON.stringify(hello(world, random)));
      const readable = Array.from({ length: 1 + random.below(20) }, () => frame(readableReport(random)));
      return socket("overlay", handshake, [first, ...readable], random, { count: readable.length });
    },
  },
  {
    name: "overlay: other frames",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const first = frame(JSON.stringify(hello(world, random)));
      const content = random.chance(0.7) ? mutateJson(random, pick(random, messages)) : anyPayload(random);
      const frames = [first, ...wellFramed(random, 1, () => content)];
      return socket("overlay", handshake, frames, random, { count: 1, mayClose: true });
    },
  },
  {
    name: "overlay: requests",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const asked: OverlayRequest = { hello: hello(world, random), messages: [], after: null, wait: 0 };
      const told = random.chance(0.5) ? { ...asked, messages: [pick(random, messages)] } : asked;
      const text = random.chance(0.2) ? JSON.stringify(told) : mutateJson(random, told);
      const headers: Headers = random.chance(0.2) ? [["Accept", "text/event-stream"]] : [];
      // A `wait` that was mutated may be one to wait for.
      return {
        via: "http",
        bytes: request("POST", "/overlay/feed", null, text, headers),
        answers: "ours",
        mayWait: true,
      };
    },
  },
];

function hello(world: World, random: Random): OverlayHello {
  return {
    type: "hello",
    protocol: 1,
    key: world.staged.displayKey,
    copy: `copy-${String(random.below(100)).padStart(16, "0")}`,
    build: "",
    part: random.chance(0.5) ? "screen" : "watching",
    visible: random.chance(0.8),
    obs: random.chance(0.5) ? "30.2.0" : null,
    streaming: random.chance(0.5) ? null : random.chance(0.5),
    width: 1920,
    height: 1080,
    playing: random.chance(0.2) ? "1" : null,
    reports: random.chance(0.2) ? [{ type: "started", showing: "1", at: 1, visible: true }] : [],
  };
}

/** Of the documented form, about what never was or with times that cannot be. */
function readableReport(random: Random): string {
  const message = pick(random, messages);
  const text = (value: string) => `${mutateText(random, value)}x`.slice(0, 100);
  const changed = {
    ...("showing" in message && { showing: text("1") }),
    ...("at" in message && { at: pick(random, [0, -1, 1e99, 5e-324, 8.64e15, 0.5]) }),
    ...("shown" in message && { shown: pick(random, [0, 86_400_000, 0.5]) }),
    ...("reason" in message && { reason: text("no sound") }),
  };
  return JSON.stringify({ ...message, ...changed, extra: anyValue(random) });
}
