import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { connectAll, makeChannels, nativeSocket, paced, startTipwire } from "./delivery.ts";
import { interleaved, ratios, shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const channels = 2000;
const followersEach = 2;
/** Two seconds hold one turn of everything that happens periodically. */
const pace = { perSecond: 1000, seconds: 2 };

/** Many small channels, each with a screen and a bot: the load that a server for many creators really has. */
export const shapeBench: Bench = {
  name: "shape",
  title: `${channels} channels with ${followersEach} followers each, ${pace.perSecond} events a second in all: processor time of the server`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 5;
    await using tipwire = startTipwire();
    await using loop = new Worker(`${import.meta.dir}/servers/bare-loop.ts`);
    await using committing = new Worker(`${import.meta.dir}/servers/bare-loop.ts`);
    await using ourClients = new Worker(`${import.meta.dir}/client.ts`);
    await using loopClients = new Worker(`${import.meta.dir}/client.ts`);
    await using committingClients = new Worker(`${import.meta.dir}/client.ts`);

    const made = await makeChannels(tipwire, channels);
    const twice = <T>(all: readonly T[]) => [...all, ...all];
    await connectAll(tipwire, ourClients, twice(made.map(nativeSocket)), { greetings: 1 });
    const groups = twice(made.map(({ id }) => ({ path: `/${id}` })));
    await connectAll(loop, loopClients, groups, { greetings: 0 });
    await connectAll(committing, committingClients, groups, { greetings: 0 });

    const ids = made.map(({ id }) => id);
    const parties = [
      {
        name: "tipwire: append, commit, totals, delivery",
        server: tipwire,
        clients: ourClients,
        asked: { ...pace, channels: ids },
      },
      { name: "bare loop that sends finished frames", server: loop, clients: loopClients, asked: pace },
      {
        name: "the same after a bare bun:sqlite commit",
        server: committing,
        clients: committingClients,
        asked: { ...pace, commit: true },
      },
    ];
    const [ours] = parties;
    if (ours === undefined) throw new Error("no parties");
    const round = ({ asked, ...party }: (typeof parties)[number]) => paced(party, asked, followersEach);
    await round(ours);
    const [text = ""] = await tipwire.ask<readonly string[]>("texts", { channel: ids[0], count: 1 });
    for (const { server } of parties.slice(1)) await server.ask("prepare", text);
    for (const party of parties.slice(1)) await round(party);

    const results = await interleaved(parties, rounds, round);
    const overLoop = ratios(results[0], results[1], (cpu) => cpu);
    const overCommitting = ratios(results[0], results[2], (cpu) => cpu);
    const commitOverLoop = ratios(results[2], results[1], (cpu) => cpu);
    print(
      table([
        ["", "server µs an event"],
        ...parties.map(({ name }, i) => [name, shown(spread(results[i] ?? []), 0)]),
        ["tipwire against the bare loop", shown(overLoop, 2)],
        ["tipwire against bare commit and loop", shown(overCommitting, 2)],
      ]),
    );
    print(`${rounds} rounds of ${pace.seconds} s each, alternating; median (least to most)`);
    return [
      {
        what: "2,000 channels with 2 followers at 1,000 events/s, processor time against a bare send loop",
        measured: shown(overLoop, 2),
        value: overLoop.median,
        goal: 1.5,
        better: "less",
        unit: "×",
        limited: {
          // The loop's share of a machine's pace differs from the disk's: what is bare here follows both.
          to: 2 * commitOverLoop.median,
          by: `each event is committed by itself here, and a bare commit with the same loop takes ${commitOverLoop.median.toFixed(1)} times as much as the loop alone; against that Tipwire takes ${shown(overCommitting, 2)} times.`,
        },
      },
    ];
  },
};
