import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { World } from "./postgres-world.ts";
import { interleaved, ratios, shown, spread } from "./rounds.ts";
import type { Posts } from "./servers/poster.ts";
import type { ChannelAppends } from "./servers/postgres-node.ts";
import { Worker } from "./worker.ts";

const channels = 1000;
const producers = 64;

/** A transaction of two statements: the channel's head is counted up, the row is stored. */
const script = `\\set channel random(1, ${channels})
BEGIN;
UPDATE bare_head SET "offset" = "offset" + 1 WHERE channel = :channel;
INSERT INTO bare (body) VALUES (repeat('x', 500));
COMMIT;
`;

/** What batches are worth: events a second beside a transaction an event, which is what PostgreSQL's own benchmark does. */
export const postgresBench: Bench = {
  name: "postgres",
  title: `PostgreSQL: durable appends over ${channels} channels, each producer waiting for its own, beside pgbench with ${producers} clients`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 5;
    await using world = await World.start();
    const store = await world.openStore();
    const made = await world.makeChannels(channels);
    await world.query(
      `CREATE TABLE bare (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
      CREATE TABLE bare_head (channel bigint PRIMARY KEY, "offset" bigint NOT NULL) WITH (fillfactor = 50);
      INSERT INTO bare_head SELECT i, 0 FROM generate_series(1, ${channels}) AS i`,
    );
    await using served = await World.start();
    const post = await posting(served);
    const appends = async (many: number, each: number) => {
      const asked: ChannelAppends = { producers: many, appends: each, channels: made.map(({ id }) => id) };
      return { events: many * each, ms: await store.ask<number>("append", asked) };
    };
    const timed = (what: () => Promise<Done>) => async (): Promise<Rate> => {
      const before = [await world.cpu(), await store.ask<number>("cpu")] as const;
      const { events, ms } = await what();
      const after = [await world.cpu(), await store.ask<number>("cpu")] as const;
      const each = (spent: number) => (spent * 1000) / events;
      return {
        perSecond: (events * 1000) / ms,
        database: each(after[0] - before[0]),
        node: each(after[1] - before[1]),
      };
    };
    const parties = [
      timed(() => appends(producers, 150)),
      timed(() => appends(512, 25)),
      timed(() => pgbench(world.url)),
      timed(post),
    ];
    for (const party of parties) await party();
    const [ours = [], large = [], bare = [], http = []] = await interleaved(parties, rounds, (party) => party());
    const rate = ({ perSecond }: Rate) => perSecond;
    const cost = ({ database }: Rate) => database;
    const row = (name: string, all: readonly Rate[], hasNode = true) => [
      name,
      shown(spread(all.map(rate)), 0),
      shown(spread(all.map(cost)), 0),
      hasNode ? shown(spread(all.map(({ node }) => node)), 0) : "",
    ];
    const against = (name: string, all: readonly Rate[]) => [
      name,
      shown(ratios(all, bare, rate), 2),
      shown(ratios(all, bare, cost), 2),
      "",
    ];
    const ratio = ratios(ours, bare, rate);
    print(
      table([
        ["", "events a second", "PostgreSQL, µs an event", "node, µs an event"],
        row(`tipwire's log, ${producers} producers`, ours),
        row("tipwire's log, 512 producers", large),
        row(`pgbench -M prepared, ${producers} clients, an event a transaction of two statements`, bare, false),
        against(`tipwire, ${producers} producers, against pgbench`, ours),
        against("tipwire, 512 producers, against pgbench", large),
        [`tipwire over HTTP, ${producers} connections, the whole node`, shown(spread(http.map(rate)), 0), "", ""],
      ]),
    );
    print(`${rounds} rounds of each, alternating; median (least to most)`);
    return [
      {
        what: `PostgreSQL: durable append by ${producers} producers, against two-statement pgbench`,
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 2,
        better: "more",
        unit: "×",
      },
      {
        what: "PostgreSQL: durable append by 512 producers, against two-statement pgbench",
        measured: shown(ratios(large, bare, rate), 2),
        value: ratios(large, bare, rate).median,
        goal: 2,
        better: "more",
        unit: "×",
      },
      {
        what: "PostgreSQL: its processor time for a durable event, against two-statement pgbench",
        measured: shown(ratios(ours, bare, cost), 2),
        value: ratios(ours, bare, cost).median,
        goal: 0.5,
        better: "less",
        unit: "×",
      },
    ];
  },
};

interface Done {
  readonly events: number;
  readonly ms: number;
}

interface Rate {
  readonly perSecond: number;
  /** Processor time of all of the server's processes, microseconds an event. */
  readonly database: number;
  /** The same of the process that appends. */
  readonly node: number;
}

/** The whole way in, at a node of its own on a database of its own. */
async function posting(world: World): Promise<() => Promise<Done>> {
  const node = await world.startNode();
  const poster = world.use(new Worker(`${import.meta.dir}/servers/poster.ts`));
  const [channel] = await world.makeChannels(1);
  const posts: Posts = {
    producers,
    appends: 20,
    url: `http://127.0.0.1:${await node.ask<number>("port")}/v1/channels/${channel?.slug}/events`,
    key: await node.ask<string>("key"),
  };
  return async () => ({ events: producers * posts.appends, ms: await poster.ask<number>("post", posts) });
}

/** PostgreSQL's own benchmark: each client waits for each of its transactions. */
async function pgbench(url: string): Promise<Done> {
  const folder = mkdtempSync(join(tmpdir(), "tipwire-pgbench-"));
  const file = join(folder, "script.sql");
  writeFileSync(file, script);
  try {
    const flags = ["-n", "-c", String(producers), "-j", "2", "-T", "2", "-M", "prepared", "-f", file];
    const child = Bun.spawn(["pgbench", ...flags, url], { stdout: "pipe", stderr: "pipe" });
    const [printed, faults] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    const tps = Number(/^tps = ([\d.]+)/m.exec(printed)?.[1]);
    const events = Number(/^number of transactions actually processed: (\d+)/m.exec(printed)?.[1]);
    if (!(tps > 0 && events > 0)) throw new Error(`pgbench failed:\n${faults}`);
    return { events, ms: (events * 1000) / tps };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
