import { type FollowOptions, follow } from "./follow.ts";
import type { TipwireEvent } from "./wire.ts";

/** Unread events beyond which the connection is given up until the program has read them. */
const limit = 1000;

/**
 * A channel as a loop: `for await (const event of events({ url, token })) …`. It ends by `break` or by
 * `options.signal`, and throws a `TipwireError` when going on is useless. A program that is slow costs no memory.
 */
export async function* events(options: Omit<FollowOptions, "onEvent">): AsyncGenerator<TipwireEvent, void, undefined> {
  const unread: TipwireEvent[] = [];
  let after = options.after;
  let wake = () => {};

  for (;;) {
    let running = true;
    const follower = follow({
      ...options,
      after,
      onEvent(event) {
        unread.push(event);
        if (unread.length >= limit) follower.stop();
        wake();
      },
    });
    const stopped = follower.done.then((error) => {
      running = false;
      wake();
      return error;
    });
    try {
      while ((running || unread.length > 0) && options.signal?.aborted !== true) {
        const event = unread.shift();
        if (event !== undefined) yield event;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      follower.stop();
    }
    const error = await stopped;
    if (error !== null) throw error;
    if (options.signal?.aborted) return;
    after = follower.cursor;
  }
}
