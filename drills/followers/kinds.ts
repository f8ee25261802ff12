import type { Session } from "./follower.ts";
import { nativeWithKey, nativeWithToken } from "./native.ts";
import { longPoll, shortPoll } from "./poll.ts";
import { sse } from "./sse.ts";
import { tuniform } from "./tuniform.ts";

/** By what the drills call them; a kind with several takes turns. */
export const followerKinds: Readonly<Record<string, readonly Session[]>> = {
  websocket: [nativeWithKey, nativeWithToken],
  sse: [sse],
  poll: [longPoll, shortPoll],
  tuniform: [tuniform],
};
