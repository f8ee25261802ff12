import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { connectAll, makeChannels, nativeSocket, paced, startTipwire } from "./delivery.ts";
import { interleaved, ratios, shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const pace = { perSecond: 200, seconds: 2 };

/** Whether channels in which nothing happens cost anything: the same events, on ten channels and on ten thousand. */
export const channelsBench: Bench = {
  name: "channels",
  title: `${pace.perSecond} events a second over 10,000 channels and over 10, a follower each: processor time of the server`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 5;
    await using manyServer = startTipwire();
    await using fewServer = startTipwire();
    await using manyClients = new Worker(`${import.meta.dir}/client.ts`);
    await using fewClients = new Worker(`${import.meta.dir}/client.ts`);
    const parties = [
      { server: manyServer, clients: manyClients, count: 10_000, channels: [] as number[] },
      { server: fewServer, clients: fewClients, count: 10, channels: [] as number[] },
    ];
    for (const { server, clients, count, channels } of parties) {
      const made = await makeChannels(server, count);
      await connectAll(server, clients, made.map(nativeSocket), { greetings: 1 });
      channels.push(...made.map(({ id }) => id));
    }
    const round = ({ channels, ...party }: (typeof parties)[number]) => paced(party, { ...pace, channels }, 1);
    for (const party of parties) await round(party);

    const [many = [], few = []] = await interleaved(parties, rounds, round);
    const ratio = ratios(many, few, (cpu) => cpu);
    print(
      table([
        ["", "server µs an event"],
        ["10,000 channels with a follower each", shown(spread(many), 0)],
        ["10 channels with a follower each", shown(spread(few), 0)],
        ["10,000 against 10", shown(ratio, 2)],
      ]),
    );
    print(`${rounds} rounds of ${pace.seconds} s each, alternating; median (least to most)`);
    return [
      {
        what: "10,000 channels against 10 at 200 events/s, processor time an event",
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 1.5,
        better: "less",
        unit: "×",
      },
    ];
  },
};
