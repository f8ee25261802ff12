import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import {
  connectAll,
  deliver,
  deliveryHead,
  deliveryRow,
  makeChannels,
  nativeSocket,
  type Party,
  startTipwire,
} from "./delivery.ts";
import { interleaved, ratios, shown } from "./rounds.ts";
import { Worker } from "./worker.ts";

const followers = 5000;
/** One after the other, so that a round is longer than the noise. */
const eventsARound = 5;

/** One event at a time: from its append (for bare Bun: its publish) to the last of 5,000 deliveries. */
export const oneBench: Bench = {
  name: "one",
  title: `One event to ${followers} followers of one channel, against bare server.publish`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 5 : 11;
    await using tipwire = startTipwire();
    await using bare = new Worker(`${import.meta.dir}/servers/bare.ts`);
    await using ourClients = new Worker(`${import.meta.dir}/client.ts`);
    await using bareClients = new Worker(`${import.meta.dir}/client.ts`);

    const [channel] = await makeChannels(tipwire, 1);
    if (channel === undefined) throw new Error("no channel");
    const burst = { channel: channel.id, count: 1 };
    const parties: readonly Party[] = [
      { name: "tipwire, append and commit included", server: tipwire, clients: ourClients, burst },
      { name: "bare server.publish of an encoded message", server: bare, clients: bareClients },
    ];
    await connectAll(tipwire, ourClients, Array(followers).fill(nativeSocket(channel)), { greetings: 1 });
    await connectAll(bare, bareClients, Array(followers).fill({ path: "/" }), { greetings: 0 });

    const several = (party: Party) => deliver(party, followers, eventsARound);
    await several(parties[0] as Party);
    await bare.ask("prepare", await tipwire.ask<readonly string[]>("texts", burst));
    await several(parties[1] as Party);

    const [ours = [], theirs = []] = await interleaved(parties, rounds, several);
    const ratio = ratios(ours, theirs, ({ spent }) => spent);
    print(
      table([
        deliveryHead,
        ...[ours, theirs].map((all, i) => deliveryRow(parties[i]?.name ?? "", all, followers, eventsARound)),
        ["tipwire takes so many times as long", shown(ratio, 2), "", ""],
      ]),
    );
    print(
      `${rounds} rounds of ${eventsARound} events each, alternating; milliseconds an event; median (least to most)`,
    );
    return [
      {
        what: "one event to 5,000 followers, time against bare server.publish",
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 1.1,
        better: "less",
        unit: "×",
      },
    ];
  },
};
