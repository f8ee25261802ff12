import { pause } from "../pause.ts";
import type { LoggedRecord } from "../verdict.ts";
import type { Follower } from "./follower.ts";

/** How long followers have in the end to read what they have not read yet. */
const catchUpWithin = 30_000;

/** Until every follower has read as far as its channel's log goes, or the time is over. */
export async function caughtUp(
  followers: readonly Follower[],
  logs: readonly (readonly LoggedRecord[])[],
): Promise<void> {
  const deadline = performance.now() + catchUpWithin;
  const behind = () =>
    followers.some(({ channel, cursors }) => {
      const last = logs[channel]?.at(-1)?.cursor;
      return last !== undefined && cursors.at(-1) !== last;
    });
  while (behind() && performance.now() < deadline) await pause(20);
  // What should not come has a moment to come too.
  await pause(300);
}
