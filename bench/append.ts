import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { makeChannels, startTipwire } from "./delivery.ts";
import { interleaved, ratios, shown, spread } from "./rounds.ts";
import type { Appends } from "./servers/log.ts";
import type { Posts } from "./servers/poster.ts";
import { Worker } from "./worker.ts";

const producers = 64;
const inProcess: Appends = { producers, appends: 250 };
const overHttp = { producers, appends: 40 };

/** What it costs to keep a log rather than rows: identities looked up, offsets, ids, one promise an append. */
export const appendBench: Bench = {
  name: "append",
  title: `Durable appends by ${producers} producers, each waiting for its own, against bare bun:sqlite in the same transactions`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 5 : 9;
    await using log = new Worker(`${import.meta.dir}/servers/log.ts`);
    await using tipwire = startTipwire();
    await using poster = new Worker(`${import.meta.dir}/servers/poster.ts`);
    const [channel] = await makeChannels(tipwire, 1);
    const posts: Posts = {
      ...overHttp,
      url: `http://127.0.0.1:${await tipwire.ask<number>("port")}/v1/channels/${channel?.slug}/events`,
      key: await tipwire.ask<string>("key"),
    };
    const perSecond = ({ producers, appends }: Appends, ms: number) => (producers * appends * 1000) / ms;
    const parties = [
      async () => perSecond(inProcess, await log.ask<number>("append", inProcess)),
      async () => perSecond(inProcess, await log.ask<number>("bare", inProcess)),
      async () => perSecond(overHttp, await poster.ask<number>("post", posts)),
    ];
    for (const party of parties) await party();
    const [ours = [], bare = [], http = []] = await interleaved(parties, rounds, (party) => party());
    const ratio = ratios(ours, bare, (rate) => rate);
    print(
      table([
        ["", "events a second"],
        ["tipwire, in process", shown(spread(ours), 0)],
        ["bare bun:sqlite: the same schema, rows, JSON, transactions of 64", shown(spread(bare), 0)],
        ["tipwire against bare", shown(ratio, 2)],
        ["tipwire over HTTP, 64 connections, the whole server", shown(spread(http), 0)],
      ]),
    );
    print(`${rounds} rounds of each, alternating; median (least to most)`);
    return [
      {
        what: "durable append by 64 producers, against bare bun:sqlite",
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 0.7,
        better: "more",
        unit: "×",
      },
    ];
  },
};
