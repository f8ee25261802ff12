/** Tipwire as `tipwire serve` wires it, in a process that appends straight to its log when asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey, newStreamToken, sha256 } from "../../packages/server/src/access/secrets.ts";
import { TokenIssuer } from "../../packages/server/src/access/token-issuer.ts";
import { startApp } from "../../packages/server/src/app.ts";
import { readConfig } from "../../packages/server/src/config.ts";
import { systemClock } from "../../packages/server/src/core/clock.ts";
import { memoryDoorbell } from "../../packages/server/src/doorbell/memory.ts";
import { Metrics } from "../../packages/server/src/http/metrics.ts";
import { nativeText } from "../../packages/server/src/platforms/native/encode.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import type { MadeChannel } from "../delivery.ts";
import { donation } from "../donation.ts";
import { quietMemory } from "../memory.ts";
import { type Pace, pace } from "../pace.ts";
import { answerQuestions, sharedNow } from "../worker.ts";

const directory = mkdtempSync(join(tmpdir(), "tipwire-bench-"));
const doorbell = memoryDoorbell();
const database = join(directory, "tipwire.db");
const options = { clock: systemClock, ring: doorbell.ring };
const store = openSqliteStore(database, options);
const config = readConfig({ flags: ["--host=127.0.0.1", "--port=0"], env: {}, usualDataDir: directory });
const account = await store.directory.createAccount("admin", true);
if (account === "name-taken") throw new Error("taken");
const owner = account.id;
const { log } = store;
let created = 0;

const app = await startApp({
  config,
  store,
  doorbell,
  clock: systemClock,
  files: async () => undefined,
  note: (_level, what, _fields, fault) => console.error(what, fault),
  metrics: new Metrics(),
});

/** By a connection that waits for no disk: there are thousands, and nothing is measured yet. */
async function createChannels(count: number): Promise<readonly MadeChannel[]> {
  const { directory: unsynced, close } = openSqliteStore(database, { ...options, synchronous: "OFF" });
  const made: MadeChannel[] = [];
  for (let i = 0; i < count; i++) {
    const slug = `channel-${++created}`;
    const channel = await unsynced.createChannel(slug, owner, { title: "", kickUsername: "", url: "" });
    if (channel === "name-taken") throw new Error(`${slug} is taken`);
    const streamToken = newStreamToken();
    await unsynced.rotateToken(channel.id, sha256(streamToken), 0);
    made.push({ id: channel.id, slug, streamToken });
  }
  await close();
  // The server's own connection has read them once, as after any start: its page cache is no follower's memory.
  for (const { id, streamToken } of made) {
    await store.directory.channel(id);
    await store.directory.tokenForAuthentication(sha256(streamToken));
  }
  return made;
}

answerQuestions(
  {
    port: () => app.port,
    memory: quietMemory,
    channels: createChannels,
    /** So many appends at once, each committed; gives when they began. */
    async burst({ channel, count }: { channel: number; count: number }): Promise<number> {
      const events = Array.from({ length: count }, donation);
      const begun = sharedNow();
      await Promise.all(events.map((event) => log.append({ channel, event, arrival: "live" })));
      return begun;
    },
    /** Appends at a steady pace, to one channel after the other, and waits for the last commit. */
    async pace({ channels, ...given }: Pace & { channels: readonly number[] }): Promise<void> {
      const appends: Promise<unknown>[] = [];
      await pace(given, (i) => {
        const channel = channels[i % channels.length] ?? 0;
        appends.push(log.append({ channel, event: donation(), arrival: "live" }));
      });
      await Promise.all(appends);
    },
    /** A key that may post to every channel. */
    async key(): Promise<string> {
      let secret = "";
      await store.directory.createKey(
        { name: "bench", account: owner, scopes: ["events:write"], channels: null },
        (id) => {
          secret = newKey(id);
          return sha256(secret);
        },
      );
      return secret;
    },
    /** An access token of an application for each of the channels. */
    async accessTokens(channels: readonly number[]): Promise<readonly string[]> {
      const { id } = await store.applications.create({ name: "bench", account: owner, redirectUris: [] }, "");
      const issuer = new TokenIssuer(store.grants, systemClock, 3600);
      const scopes = ["oauth-user-show", "oauth-donation-subscribe"] as const;
      const issued = channels.map((channel) =>
        issuer.issue({ application: id, account: owner, channel, scopes }, false),
      );
      return (await Promise.all(issued)).map(({ accessToken }) => accessToken);
    },
    /** The texts of the last `count` records as the native protocol says them. */
    async texts({ channel, count }: { channel: number; count: number }): Promise<readonly string[]> {
      const head = (await log.heads([channel])).get(channel) ?? 0;
      return (await log.read(channel, head - count, count)).map((record) => nativeText(log.epoch, record));
    },
  },
  async () => {
    await app.stop();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  },
);
