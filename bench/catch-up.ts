import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { makeChannels, startTipwire } from "./delivery.ts";
import { interleaved, shown, spread } from "./rounds.ts";
import type { Reading } from "./servers/reader.ts";
import { Worker } from "./worker.ts";

const records = 100_000;
const goal = 150_000;

/** Somebody was away for long: how fast they read what they missed. */
export const catchUpBench: Bench = {
  name: "catch-up",
  title: `Catching up on ${records} records: a ws client on Node that parses each`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 7;
    await using tipwire = startTipwire();
    await using bare = new Worker(`${import.meta.dir}/servers/bare-backlog.ts`);
    await using reader = await Worker.onNode(`${import.meta.dir}/servers/reader.ts`);
    const [channel] = await makeChannels(tipwire, 1);
    for (let i = 0; i < records; i += 5000) await tipwire.ask("burst", { channel: channel?.id, count: 5000 });
    const [text = ""] = await tipwire.ask<readonly string[]>("texts", { channel: channel?.id, count: 1 });
    await bare.ask("prepare", { template: text, number: String(records).padStart(7, "0"), count: records });
    const url = async (server: Worker) => `ws://127.0.0.1:${await server.ask<number>("port")}`;
    const parties = [
      { server: tipwire, at: `${await url(tipwire)}/v1/channels/-/events?after=oldest` },
      { server: bare, at: await url(bare) },
    ];
    const round = async ({ server, at }: (typeof parties)[number]) => {
      const before = [await server.ask<number>("cpu"), await reader.ask<number>("cpu")] as const;
      const reading: Reading = { url: at, token: channel?.streamToken ?? "", records };
      const ms = await reader.ask<number>("read", reading);
      const each = (after: number, before: number) => ((after - before) * 1000) / records;
      return {
        rate: (records * 1000) / ms,
        serverCpu: each(await server.ask<number>("cpu"), before[0]),
        readerCpu: each(await reader.ask<number>("cpu"), before[1]),
      };
    };
    for (const party of parties) await round(party);
    const [ours = [], finished = []] = await interleaved(parties, rounds, round);
    const rates = spread(ours.map(({ rate }) => rate));
    const row = (name: string, all: typeof ours) => [
      name,
      shown(spread(all.map(({ rate }) => rate)), 0),
      shown(spread(all.map(({ serverCpu }) => serverCpu)), 1),
      shown(spread(all.map(({ readerCpu }) => readerCpu)), 1),
    ];
    print(
      table([
        ["", "records a second", "server µs a record", "client µs a record"],
        row("tipwire, from its database", ours),
        row("bare Bun.serve, finished messages in memory", finished),
      ]),
    );
    print(`${rounds} rounds of each, alternating; median (least to most)`);
    return [
      {
        what: "catching up on 100,000 records, ws on Node",
        measured: shown(rates, 0),
        value: rates.median,
        goal,
        better: "more",
        unit: "records/s",
        ...(rates.median < goal && {
          limited: {
            to: Math.min(goal, Math.round(spread(finished.map(({ rate }) => rate)).median)),
            by: "the client, which cannot read finished messages any faster. A guard then asks for 0.7 of what it took of those.",
          },
        }),
      },
    ];
  },
};
