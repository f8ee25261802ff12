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

const followers = 2000;
const events = 100;
const deliveries = followers * events;

/**
 * A round is the time from the first of 100 concurrent appends (for the others: sends of 100 finished messages) to the
 * moment at which the client process has the last of 200,000 frames.
 */
export const burstBench: Bench = {
  name: "burst",
  title: `A burst of ${events} events to ${followers} followers of one channel, against bare server.publish and ws on Node`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 9;
    await using tipwire = startTipwire();
    await using bare = new Worker(`${import.meta.dir}/servers/bare.ts`);
    await using ws = await Worker.onNode(`${import.meta.dir}/servers/ws.ts`);
    await using ourClients = new Worker(`${import.meta.dir}/client.ts`);
    await using bareClients = new Worker(`${import.meta.dir}/client.ts`);
    await using wsClients = new Worker(`${import.meta.dir}/client.ts`);

    const [channel] = await makeChannels(tipwire, 1);
    if (channel === undefined) throw new Error("no channel");
    const burst = { channel: channel.id, count: events };
    const parties: readonly Party[] = [
      { name: "tipwire, 100 appends, commit included", server: tipwire, clients: ourClients, burst },
      { name: "bare server.publish, 100 encoded messages", server: bare, clients: bareClients },
      { name: "ws on Node, 100 encoded messages", server: ws, clients: wsClients },
    ];
    await connectAll(tipwire, ourClients, Array(followers).fill(nativeSocket(channel)), { greetings: 1 });
    await connectAll(bare, bareClients, Array(followers).fill({ path: "/" }), { greetings: 0 });
    await connectAll(ws, wsClients, Array(followers).fill({ path: "/" }), { greetings: 0 });

    // Once for the compiler; the frames of it are what the others send then, byte for byte as long.
    const once = (party: Party) => deliver(party, deliveries, 1);
    await once(parties[0] as Party);
    const texts = await tipwire.ask<readonly string[]>("texts", burst);
    for (const { server } of parties.slice(1)) await server.ask("prepare", texts);
    for (const party of parties.slice(1)) await once(party);

    const [ours = [], published = [], sent = []] = await interleaved(parties, rounds, once);
    const overPublish = ratios(published, ours, ({ spent }) => spent);
    const overWs = ratios(sent, ours, ({ spent }) => spent);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
    print(
      table([
        deliveryHead,
        ...[ours, published, sent].map((results, i) => deliveryRow(parties[i]?.name ?? "", results, deliveries, 1)),
        ["tipwire is faster than publish by a factor of", shown(overPublish, 2), "", ""],
        ["tipwire is faster than ws by a factor of", shown(overWs, 1), "", ""],
      ]),
    );
    print(`${rounds} rounds of each, alternating; frames of ${bytes.toFixed(0)} bytes; median (least to most)`);
    return [
      {
        what: "burst of 100 to 2,000 followers, times as fast as bare server.publish",
        measured: shown(overPublish, 2),
        value: overPublish.median,
        goal: 1,
        better: "more",
        unit: "×",
      },
      {
        what: "burst of 100 to 2,000 followers, times as fast as ws on Node",
        measured: shown(overWs, 1),
        value: overWs.median,
        goal: 10,
        better: "more",
        unit: "×",
      },
    ];
  },
};
