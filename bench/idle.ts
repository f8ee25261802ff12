import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import type { OpenMany } from "./client.ts";
import { shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const sockets = 10_000;
const channels = 5000;
/** So many are asked for at a time, so that no message gets large. */
const portion = 500;

/** The hub's second figure: what the server's memory grows by for each follower that just listens. */
export const idleBench: Bench = {
  name: "idle",
  title: `${sockets} idle Tuniform sockets on ${channels} channels: resident memory of the server after collection`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 1 : 5;
    const ours: Grown[] = [];
    const bare: Grown[] = [];
    for (let i = 0; i < rounds; i++) {
      ours.push(await withTipwire());
      bare.push(await withBare());
    }
    print(
      table([
        ["", "MB before", "MB with all", "KB each"],
        row("tipwire, Tuniform protocol", ours),
        row("bare Bun.serve, sockets that do nothing", bare),
      ]),
    );
    print(`${rounds} fresh processes of each, alternating; median (least to most)`);
    const memory = spread(ours.map(each));
    return [
      {
        what: "memory of an idle Tuniform socket",
        measured: shown(memory, 2),
        value: memory.median,
        goal: 3.5,
        better: "less",
        unit: "KB",
      },
    ];
  },
};

interface Grown {
  readonly before: number;
  readonly after: number;
}

function row(name: string, grown: readonly Grown[]): string[] {
  const megabytes = (bytes: number) => bytes / 2 ** 20;
  const before = spread(grown.map((one) => megabytes(one.before))).median.toFixed(1);
  const after = spread(grown.map((one) => megabytes(one.after))).median.toFixed(1);
  return [name, before, after, shown(spread(grown.map(each)), 2)];
}

function each({ before, after }: Grown): number {
  return (after - before) / sockets / 1024;
}

async function withTipwire(): Promise<Grown> {
  await using server = new Worker(`${import.meta.dir}/servers/tipwire.ts`);
  const made: { streamToken: string }[] = [];
  while (made.length < channels) made.push(...(await server.ask<typeof made>("channels", portion)));
  const paths = Array.from({ length: sockets }, (_, i) => `/ws?token=${made[i % channels]?.streamToken}`);
  return await grown(server, paths, 1);
}

async function withBare(): Promise<Grown> {
  await using server = new Worker(`${import.meta.dir}/servers/bare.ts`);
  return await grown(server, Array(sockets).fill("/"), 0);
}

async function grown(server: Worker, paths: readonly string[], greetings: number): Promise<Grown> {
  await using clients = new Worker(`${import.meta.dir}/client.ts`);
  const before = await server.ask<number>("memory");
  const port = await server.ask<number>("port");
  for (let i = 0; i < paths.length; i += portion) {
    await clients.ask("open", { port, paths: paths.slice(i, i + portion), greetings } satisfies OpenMany);
  }
  return { before, after: await server.ask<number>("memory") };
}
