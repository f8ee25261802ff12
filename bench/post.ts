import type { Bench, Figure } from "./bench.ts";
import { makeChannels, startTipwire } from "./delivery.ts";
import { type Latencies, latencyTable, onTop } from "./latency.ts";
import { interleaved, shown } from "./rounds.ts";
import type { PostPace } from "./servers/poster.ts";
import { Worker } from "./worker.ts";

const pace = { perSecond: 200, seconds: 2 };

/** What somebody waits between a donation's arrival and its appearance. */
export const postBench: Bench = {
  name: "post",
  title: `POST to follower at ${pace.perSecond} events a second, against a bare server that commits and sends`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 5 : 9;
    await using tipwire = startTipwire();
    await using bare = new Worker(`${import.meta.dir}/servers/bare-post.ts`);
    await using ourPoster = new Worker(`${import.meta.dir}/servers/poster.ts`);
    await using barePoster = new Worker(`${import.meta.dir}/servers/poster.ts`);
    const [channel] = await makeChannels(tipwire, 1);
    const [ourPort, barePort] = [await tipwire.ask<number>("port"), await bare.ask<number>("port")];
    const ours: PostPace = {
      ...pace,
      url: `http://127.0.0.1:${ourPort}/v1/channels/${channel?.slug}/events`,
      key: await tipwire.ask<string>("key"),
      follow: `ws://127.0.0.1:${ourPort}/v1/channels/-/events`,
      token: channel?.streamToken ?? "",
    };
    const theirs: PostPace = {
      ...pace,
      url: `http://127.0.0.1:${barePort}/`,
      key: "",
      follow: `ws://127.0.0.1:${barePort}/`,
      token: "",
    };
    const parties = [
      { poster: ourPoster, asked: ours },
      { poster: barePoster, asked: theirs },
    ];
    const round = ({ poster, asked }: (typeof parties)[number], seconds = pace.seconds) =>
      poster.ask<Latencies>("latencies", { ...asked, seconds });
    for (const party of parties) await round(party, 1);

    const [mine = [], bares = []] = await interleaved(parties, rounds, (party) => round(party));
    const bareName = "bare Bun.serve, bun:sqlite commit, send";
    print(latencyTable({ name: "tipwire", rounds: mine }, { name: bareName, rounds: bares }));
    print(`${rounds} rounds of ${pace.seconds} s each, alternating; median (least to most)`);
    const figure = (which: "p50" | "p99", goal: number): Figure => ({
      what: `POST to follower at 200 events/s, ${which} on top of bare commit and loopback`,
      measured: shown(onTop(which, mine, bares), 2),
      value: onTop(which, mine, bares).median,
      goal,
      better: "less",
      unit: "ms",
    });
    return [figure("p50", 2), figure("p99", 10)];
  },
};
