/**
 * A node of Tipwire on PostgreSQL, as `tipwire serve` wires it, in a process that appends straight to its log when asked; or
 * its store alone.
 */
import { newKey, sha256 } from "../../packages/server/src/access/secrets.ts";
import { type App, startApp } from "../../packages/server/src/app.ts";
import { readConfig } from "../../packages/server/src/config.ts";
import { systemClock } from "../../packages/server/src/core/clock.ts";
import { postgresDoorbell } from "../../packages/server/src/doorbell/postgres.ts";
import { Metrics } from "../../packages/server/src/http/metrics.ts";
import { openPostgresStore } from "../../packages/server/src/store/postgres/open.ts";
import type { Store } from "../../packages/server/src/store/store.ts";
import { donation } from "../donation.ts";
import { quietMemory } from "../memory.ts";
import { type Pace, pace } from "../pace.ts";
import { answerQuestions, sharedNow } from "../worker.ts";
import type { Appends } from "./log.ts";

interface Node {
  readonly app?: App;
  readonly store: Store;
  stop(): Promise<void>;
}

let running: Node | undefined;

function node(): Node {
  if (running === undefined) throw new Error("The node was not started.");
  return running;
}

async function start(url: string): Promise<number> {
  const note = (level: string, what: string, _fields?: unknown, fault?: unknown) => {
    if (level !== "info") console.error(what, fault);
  };
  const doorbell = postgresDoorbell({ url, clock: systemClock, note });
  const store = await openPostgresStore(url, { ring: doorbell.ring, clock: systemClock });
  const config = readConfig({ flags: ["--host=127.0.0.1", "--port=0"], env: {}, usualDataDir: "" });
  const files = async () => undefined;
  const app = await startApp({ config, store, doorbell, clock: systemClock, files, note, metrics: new Metrics() });
  const stop = async () => {
    await app.stop();
    await store.close();
    doorbell.stop();
  };
  running = { app, store, stop };
  return app.port;
}

/** Without a server around it, and without the totals that one keeps. */
async function open(url: string): Promise<void> {
  const store = await openPostgresStore(url, { ring: () => undefined, clock: systemClock });
  running = { store, stop: () => store.close() };
}

export interface ChannelAppends extends Appends {
  readonly channels: readonly number[];
}

export interface ChannelPace extends Pace {
  readonly channels: readonly number[];
}

answerQuestions(
  {
    start,
    open,
    port: () => node().app?.port,
    memory: quietMemory,
    /** Milliseconds for all of them, each producer waiting for its own. */
    async append({ producers, appends, channels }: ChannelAppends): Promise<number> {
      const { log } = node().store;
      const begun = performance.now();
      const produce = async (producer: number) => {
        for (let i = 0; i < appends; i++) {
          const channel = channels[(producer * 31 + i * 17) % channels.length] ?? 0;
          await log.append({ channel, event: own(donation()), arrival: "live" });
        }
      };
      await Promise.all(Array.from({ length: producers }, (_, i) => produce(i)));
      return performance.now() - begun;
    },
    /** Appends at a steady pace, to one channel after the other; gives when each began, by its identity. */
    async pace({ channels, ...given }: ChannelPace): Promise<readonly (readonly [string, number])[]> {
      const appends: Promise<unknown>[] = [];
      const began: [string, number][] = [];
      await pace(given, (i) => {
        const event = own(donation());
        began.push([event.externalId, sharedNow()]);
        appends.push(node().store.log.append({ channel: channels[i % channels.length] ?? 0, event, arrival: "live" }));
      });
      await Promise.all(appends);
      return began;
    },
    /** A key that may post to every channel. */
    async key(): Promise<string> {
      let secret = "";
      const given = { name: "bench", account: 1, scopes: ["events:write"], channels: null } as const;
      await node().store.directory.createKey(given, (id) => {
        secret = newKey(id);
        return sha256(secret);
      });
      return secret;
    },
  },
  () => running?.stop(),
);

/** Nodes count their donations by themselves: told apart by the process. */
function own<E extends { readonly externalId: string }>(event: E): E {
  return { ...event, externalId: `${event.externalId}-${process.pid}` };
}
