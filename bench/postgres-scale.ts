import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { connectAll, type MadeChannel, nativeSocket } from "./delivery.ts";
import { World } from "./postgres-world.ts";
import { interleaved, ratios, shown, spread } from "./rounds.ts";
import type { ChannelPace } from "./servers/postgres-node.ts";
import { Worker } from "./worker.ts";

const pace = { perSecond: 200, seconds: 2 };
const events = pace.perSecond * pace.seconds;

interface Party {
  readonly world: World;
  readonly nodes: readonly Worker[];
  /** Those of each node. */
  readonly clients: readonly Worker[];
  readonly channels: readonly number[];
}

interface Cost {
  /** Microseconds of processor time an event, of all nodes together. */
  readonly nodes: number;
  readonly database: number;
}

/** Whether channels in which nothing happens cost anything, and what further nodes cost each event. */
export const postgresScaleBench: Bench = {
  name: "postgres-scale",
  title: `PostgreSQL: ${pace.perSecond} events a second, a follower each channel: processor time an event as channels and nodes grow`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 3 : 5;
    const many = quick ? 3000 : 10_000;
    const all = [
      { channels: 10, nodes: 1 },
      { channels: many, nodes: 1 },
      { channels: 1000, nodes: 1 },
      { channels: 1000, nodes: 3 },
    ];
    // What more nodes cost has no goal: it is there to be looked at.
    const shapes = quick ? all.slice(0, 2) : all;
    await using ends = new AsyncDisposableStack();
    const parties: Party[] = [];
    for (const shape of shapes) parties.push(await prepared(shape, ends));
    for (const party of parties) await round(party);
    const results = await interleaved(parties, rounds, round);
    const sum = ({ nodes, database }: Cost) => nodes + database;
    print(
      table([
        ["", "nodes, µs an event", "PostgreSQL, µs an event"],
        ...shapes.map(({ channels, nodes }, i) => [
          `${channels} channels on ${nodes} ${nodes === 1 ? "node" : "nodes"}`,
          shown(spread((results[i] ?? []).map((cost) => cost.nodes)), 0),
          shown(spread((results[i] ?? []).map((cost) => cost.database)), 0),
        ]),
        [`${many} channels against 10, all together`, shown(ratios(results[1], results[0], sum), 2), ""],
        ...(quick ? [] : [["3 nodes against 1, all together", shown(ratios(results[3], results[2], sum), 2), ""]]),
      ]),
    );
    print(`${rounds} rounds of ${pace.seconds} s each, alternating; median (least to most)`);
    const ratio = ratios(results[1], results[0], sum);
    return [
      {
        what: `PostgreSQL: ${many} channels against 10 at ${pace.perSecond} events/s, processor time an event`,
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 1.5,
        better: "less",
        unit: "×",
      },
    ];
  },
};

/** A server of its own, so that what is counted is this shape's alone; followers go round the nodes. */
async function prepared(
  shape: { readonly channels: number; readonly nodes: number },
  ends: AsyncDisposableStack,
): Promise<Party> {
  const world = ends.use(await World.start());
  const nodes: Worker[] = [];
  for (let i = 0; i < shape.nodes; i++) nodes.push(await world.startNode());
  const made = await world.makeChannels(shape.channels);
  const clients: Worker[] = [];
  for (const [i, node] of nodes.entries()) {
    const client = ends.use(new Worker(`${import.meta.dir}/client.ts`));
    const own = made.filter((_: MadeChannel, c) => c % nodes.length === i);
    await connectAll(node, client, own.map(nativeSocket), { greetings: 1 });
    clients.push(client);
  }
  return { world, nodes, clients, channels: made.map(({ id }) => id) };
}

/** All events come in at the first node. */
async function round({ world, nodes, clients, channels }: Party): Promise<Cost> {
  const expected = clients.map(
    (_, i) =>
      Array.from({ length: events }, (__, e) => e % channels.length).filter((c) => c % clients.length === i).length,
  );
  for (const [i, client] of clients.entries()) await client.ask("expect", expected[i]);
  const cpu = async () => {
    let sum = 0;
    for (const node of nodes) sum += await node.ask<number>("cpu");
    return sum;
  };
  const before = [await cpu(), await world.cpu()] as const;
  await nodes[0]?.ask("pace", { ...pace, channels } satisfies ChannelPace);
  for (const client of clients) await client.ask("last");
  const after = [await cpu(), await world.cpu()] as const;
  const each = (milliseconds: number) => (milliseconds * 1000) / events;
  return { nodes: each(after[0] - before[0]), database: each(after[1] - before[1]) };
}
