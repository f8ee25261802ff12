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
    const node = await world.startNode();
    await using poster = new Worker(`${import.meta.dir}/servers/poster.ts`);
    const made = await world.makeChannels(channels);
    await world.query(
      `CREATE TABLE bare (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
      CREATE TABLE bare_head (channel bigint PRIMARY KEY, "offset" bigint NOT NULL) WITH (fillfactor = 50);
      INSERT INTO bare_head SELECT i, 0 FROM generate_series(1, ${channels}) AS i`,
    );
    const appends = async (many: number, each: number) => {
      const asked: ChannelAppends = { producers: many, appends: each, channels: made.map(({ id }) => id) };
      return (many * each * 1000) / (await node.ask<number>("append", asked));
    };
    const posts: Posts = {
      producers,
      appends: 20,
      url: `http://127.0.0.1:${await node.ask<number>("port")}/v1/channels/${made[0]?.slug}/events`,
      key: await node.ask<string>("key"),
    };
    const overHttp = async () => (posts.producers * posts.appends * 1000) / (await poster.ask<number>("post", posts));
    const parties = [() => appends(producers, 150), () => appends(512, 25), () => pgbench(world.url), overHttp];
    for (const party of parties) await party();
    const [ours = [], large = [], bare = [], http = []] = await interleaved(parties, rounds, (party) => party());
    const rate = (value: number) => value;
    const ratio = ratios(ours, bare, rate);
    print(
      table([
        ["", "events a second"],
        [`tipwire, in process, ${producers} producers`, shown(spread(ours), 0)],
        ["tipwire, in process, 512 producers", shown(spread(large), 0)],
        ["pgbench, a transaction of two statements an event, -M prepared", shown(spread(bare), 0)],
        [`tipwire, ${producers} producers, against pgbench`, shown(ratio, 2)],
        ["tipwire, 512 producers, against pgbench", shown(ratios(large, bare, rate), 2)],
        [`tipwire over HTTP, ${producers} connections, the whole node`, shown(spread(http), 0)],
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
    ];
  },
};

/** Transactions a second. */
async function pgbench(url: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "tipwire-pgbench-"));
  const file = join(folder, "script.sql");
  writeFileSync(file, script);
  try {
    const flags = ["-n", "-c", String(producers), "-j", "2", "-T", "2", "-M", "prepared", "-f", file];
    const child = Bun.spawn(["pgbench", ...flags, url], { stdout: "pipe", stderr: "pipe" });
    const [printed, faults] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    const tps = /^tps = ([\d.]+)/m.exec(printed)?.[1];
    if (tps === undefined) throw new Error(`pgbench failed:\n${faults}`);
    return Number(tps);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
