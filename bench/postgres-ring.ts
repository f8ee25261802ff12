import type { Bench, Figure } from "./bench.ts";
import { type Latencies, latencyTable } from "./latency.ts";
import { World } from "./postgres-world.ts";
import { interleaved } from "./rounds.ts";
import type { BarePace } from "./servers/postgres-bare.ts";
import type { ChannelPace } from "./servers/postgres-node.ts";
import { Worker } from "./worker.ts";

const pace = { perSecond: 200, seconds: 2 };

interface Party {
  readonly listener: Worker;
  /** Begins what is measured; when each began, by identity. */
  pace(): Promise<readonly (readonly [string, number])[]>;
}

/** What somebody waits whose overlay is connected to another node than the one that took the donation. */
export const postgresRingBench: Bench = {
  name: "postgres-ring",
  title: `PostgreSQL: append on node A to the frame at node B's follower, at ${pace.perSecond} events a second, beside a bare commit and NOTIFY`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    if (quick) {
      print("left out of a guard: it has no goal, and is there to be looked at");
      return [];
    }
    const rounds = 7;
    await using world = await World.start();
    const [a, b] = [await world.startNode(), await world.startNode()];
    await using follower = new Worker(`${import.meta.dir}/servers/postgres-bare.ts`);
    await using listener = new Worker(`${import.meta.dir}/servers/postgres-bare.ts`);
    await using committer = new Worker(`${import.meta.dir}/servers/postgres-bare.ts`);
    const [channel] = await world.makeChannels(1);
    await world.query("CREATE TABLE bare (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)");
    const events = `ws://127.0.0.1:${await b.ask<number>("port")}/v1/channels/-/events`;
    await follower.ask("follow", { url: events, token: channel?.streamToken });
    await listener.ask("listen", world.url);
    let round = 0;
    const parties: readonly Party[] = [
      {
        listener: follower,
        pace: () => a.ask("pace", { ...pace, channels: [channel?.id ?? 0] } satisfies ChannelPace),
      },
      {
        listener,
        pace: () => committer.ask("pace", { ...pace, url: world.url, round: ++round } satisfies BarePace),
      },
    ];
    for (const party of parties) await latencies(party);
    const [ours = [], bare = []] = await interleaved(parties, rounds, latencies);
    print(
      latencyTable(
        { name: "tipwire, append on A to follower on B", rounds: ours },
        { name: "a bare INSERT, and after its commit NOTIFY to a listener", rounds: bare },
      ),
    );
    print(`${rounds} rounds of ${pace.seconds} s each, alternating; median (least to most)`);
    return [];
  },
};

async function latencies({ listener, pace: begin }: Party): Promise<Latencies> {
  await listener.ask("expect", pace.perSecond * pace.seconds);
  const began = new Map(await begin());
  const arrivals = await listener.ask<[string, number][]>("arrivals");
  const times = arrivals.map(([id, at]) => at - (began.get(id) ?? Number.NaN)).sort((x, y) => x - y);
  if (times.some(Number.isNaN)) throw new Error("something arrived that was not sent");
  const part = (fraction: number) => times[Math.min(times.length - 1, Math.floor(times.length * fraction))] ?? 0;
  return { p50: part(0.5), p99: part(0.99) };
}
