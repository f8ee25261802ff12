/** A client that posts donations, and for the latency also follows its channel. */
import { donation } from "../donation.ts";
import { type Pace, pace } from "../pace.ts";
import { answerQuestions } from "../worker.ts";
import type { Appends } from "./log.ts";

export interface Posts extends Appends {
  readonly url: string;
  readonly key: string;
}

export interface PostPace extends Pace {
  readonly url: string;
  readonly key: string;
  readonly follow: string;
  readonly token: string;
}

async function post({ url, key }: Pick<Posts, "url" | "key">, body: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body,
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`POST answered ${response.status}`);
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Bun's own, which can send headers; the types of browsers know none. */
const BunWebSocket = WebSocket as unknown as new (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

const followers = new Map<string, WebSocket>();

async function follower({ follow, token }: PostPace): Promise<WebSocket> {
  const known = followers.get(follow);
  if (known !== undefined) return known;
  const socket = new BunWebSocket(follow, { headers: { authorization: `Bearer ${token}` } });
  followers.set(follow, socket);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

answerQuestions({
  /** Milliseconds for all of them, each producer waiting for its answer. */
  async post({ producers, appends, ...to }: Posts): Promise<number> {
    const bodies = Array.from({ length: producers * appends }, () => JSON.stringify(donation()));
    const begun = performance.now();
    const produce = async () => {
      for (let i = 0; i < appends; i++) await post(to, bodies.pop() ?? "");
    };
    await Promise.all(Array.from({ length: producers }, produce));
    return performance.now() - begun;
  },
  /** Posts at a steady pace; milliseconds from a POST to its frame at the follower. */
  async latencies(given: PostPace): Promise<{ p50: number; p99: number }> {
    const socket = await follower(given);
    const sentAt = new Map<string, number>();
    const times: number[] = [];
    const total = given.perSecond * given.seconds;
    const all = new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        const now = performance.now();
        const sent = sentAt.get(/"externalId":"([^"]+)"/.exec(String(data))?.[1] ?? "");
        if (sent === undefined) return;
        times.push(now - sent);
        if (times.length === total) resolve();
      };
    });
    const posts: Promise<void>[] = [];
    await pace(given, () => {
      const event = donation();
      const body = JSON.stringify(event);
      sentAt.set(event.externalId, performance.now());
      posts.push(post(given, body));
    });
    await Promise.all([all, ...posts]);
    times.sort((a, b) => a - b);
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
  },
});
