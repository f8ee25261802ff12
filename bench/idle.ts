import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import type { OpenOne } from "./client.ts";
import { connectAll, type MadeChannel, makeChannels, nativeSocket, startTipwire } from "./delivery.ts";
import { shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const sockets = 10_000;
/** Enough for a guard. */
const fewSockets = 4000;
const followersEach = 2;

interface Kind {
  readonly name: string;
  readonly start: () => Worker | Promise<Worker>;
  /** How a socket of Tipwire's follows its channel; a bare server is asked for any path. */
  readonly socket?: (channel: MadeChannel) => OpenOne;
  readonly sse?: boolean;
  /** What the figure is called, and KB; peers have none. */
  readonly goal?: readonly [string, number];
}

const bare = () => new Worker(`${import.meta.dir}/servers/bare.ts`);
const node = () => Worker.onNode(`${import.meta.dir}/servers/ws.ts`);

const kinds: readonly Kind[] = [
  {
    name: "tipwire, Tuniform protocol",
    start: startTipwire,
    socket: ({ streamToken }) => ({ path: `/ws?token=${streamToken}` }),
    goal: ["memory of an idle Tuniform WebSocket", 3.5],
  },
  {
    name: "tipwire, native WebSocket",
    start: startTipwire,
    socket: nativeSocket,
    goal: ["memory of an idle native WebSocket", 4],
  },
  {
    name: "tipwire, server-sent events",
    start: startTipwire,
    socket: nativeSocket,
    sse: true,
    goal: ["memory of an idle SSE stream", 6],
  },
  { name: "bare Bun.serve, WebSockets that do nothing", start: bare },
  { name: "bare Bun.serve, event streams that do nothing", start: bare, sse: true },
  { name: "ws on Node, WebSockets that do nothing", start: node },
  { name: "Node's HTTP, event streams that do nothing", start: node, sse: true },
];

/** What a server's memory grows by for each follower that just listens. */
export const idleBench: Bench = {
  name: "idle",
  title: `${sockets} idle followers, ${followersEach} a channel (a guard: ${fewSockets}): resident memory of the server after collection`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 1 : 5;
    const count = quick ? fewSockets : sockets;
    // The peers are there to be looked at; a guard asks for our own figures only.
    const tried = kinds
      .filter(({ goal }) => !quick || goal !== undefined)
      .map((kind) => ({ kind, grown: [] as Grown[] }));
    for (let i = 0; i < rounds; i++) {
      for (const { kind, grown } of tried) grown.push(await growth(kind, count));
    }
    print(
      table([["", "MB before", "MB with all", "KB each"], ...tried.map(({ kind, grown }) => row(kind.name, grown))]),
    );
    print(`${rounds} fresh processes of each, alternating; median (least to most)`);
    return tried.flatMap(({ kind, grown }) => {
      if (kind.goal === undefined) return [];
      const [what, goal] = kind.goal;
      const memory = spread(grown.map(each));
      return [{ what, measured: shown(memory, 2), value: memory.median, goal, better: "less", unit: "KB" }];
    });
  },
};

interface Grown {
  readonly before: number;
  readonly after: number;
  /** Of how many followers. */
  readonly count: number;
}

function row(name: string, grown: readonly Grown[]): string[] {
  const megabytes = (bytes: number) => bytes / 2 ** 20;
  const before = spread(grown.map((one) => megabytes(one.before))).median.toFixed(1);
  const after = spread(grown.map((one) => megabytes(one.after))).median.toFixed(1);
  return [name, before, after, shown(spread(grown.map(each)), 2)];
}

function each({ before, after, count }: Grown): number {
  return (after - before) / count / 1024;
}

async function growth({ start, socket, sse = false }: Kind, count: number): Promise<Grown> {
  await using server = await start();
  await using clients = new Worker(`${import.meta.dir}/client.ts`);
  const made = socket === undefined ? [] : await makeChannels(server, count / followersEach);
  const open = Array.from({ length: count }, (_, i): OpenOne => {
    const channel = made[i % made.length];
    return channel === undefined || socket === undefined ? { path: "/" } : socket(channel);
  });
  const before = await server.ask<number>("memory");
  await connectAll(server, clients, open, { greetings: socket !== undefined || sse ? 1 : 0, sse });
  return { before, after: await server.ask<number>("memory"), count };
}
