import type { Random } from "../packages/server/test/random.ts";
import type { Feeder } from "./feeder.ts";
import { pause, within } from "./pause.ts";

/** So that a slow machine does not fall behind for ever. */
export async function caughtUpWithSending(feeder: Feeder): Promise<void> {
  for (const deadline = performance.now() + 5000; feeder.unacknowledged > 40 && performance.now() < deadline; )
    await pause(5);
}

/** Resolves somewhere in a burst: soon after some of it was sent, or in the very turn in which one of its answers is read and more is sent. */
export async function momentWithinBurst(feeder: Feeder, random: Random): Promise<void> {
  const burst = await feeder.nextBurst();
  const afterSending = random.chance(0.5);
  const part = afterSending ? 1 + random.below(burst.size) : 1 + random.below(Math.ceil(burst.size / 2));
  const come = new Promise<void>((resolve) => {
    burst.progress = () => {
      if ((afterSending ? burst.sent : burst.acknowledged) >= part) resolve();
    };
  });
  await within(come, 300);
  if (!afterSending) feeder.sendMore(1 + random.below(4));
  else if (random.chance(0.7)) await pause(random.between(0, 3));
}
