import { pause } from "../pause.ts";
import type { Session } from "./follower.ts";

interface Page {
  readonly events: readonly { readonly externalId: string; readonly cursor: string }[];
  readonly cursor: string;
  readonly reset?: unknown;
}

/** Long-polling: the answer comes when there is something. */
export const longPoll: Session = (after, reading, options, stop) => poll(after, reading, options, stop, 5, 0);

/** The plain polling that Tuniform's page speaks of, at a pace of its own. */
export const shortPoll: Session = (after, reading, options, stop) => poll(after, reading, options, stop, 0, 100);

async function poll(
  from: string,
  reading: Parameters<Session>[1],
  { url, slug, key }: Parameters<Session>[2],
  stop: AbortSignal,
  wait: number,
  between: number,
): Promise<void> {
  let after = from;
  while (!stop.aborted) {
    const response = await fetch(`${url}/v1/channels/${slug}/events?after=${after}&limit=100&wait=${wait}`, {
      headers: { authorization: `Bearer ${key}` },
      signal: stop,
    });
    if (!response.ok) throw new Error(`a poll was answered with ${response.status}`);
    const page = (await response.json()) as Page;
    if (page.reset !== undefined) reading.reset();
    for (const { externalId, cursor } of page.events) reading.took(externalId, cursor);
    reading.standsAt(page.cursor);
    after = page.cursor;
    if (between > 0) await pause(between);
  }
}
