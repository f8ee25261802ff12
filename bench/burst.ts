import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import type { OpenMany } from "./client.ts";
import { shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const followers = 2000;
const events = 100;
const deliveries = followers * events;

/**
 * The hub's first figure. A round is the time from the first of 100 concurrent appends (for bare Bun: publishes) to the
 * moment at which the client process has the last of 200,000 frames. Rounds of both alternate.
 */
export const burstBench: Bench = {
  name: "burst",
  title: `A burst of ${events} events to ${followers} followers of one channel, against bare server.publish`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 9 : 15;
    await using tipwire = new Worker(`${import.meta.dir}/servers/tipwire.ts`);
    await using bare = new Worker(`${import.meta.dir}/servers/bare.ts`);
    await using ourClients = new Worker(`${import.meta.dir}/client.ts`);
    await using bareClients = new Worker(`${import.meta.dir}/client.ts`);

    const [channel] = await tipwire.ask<{ id: number; streamToken: string }[]>("channels", 1);
    if (channel === undefined) throw new Error("no channel");
    await ourClients.ask("open", {
      port: await tipwire.ask<number>("port"),
      paths: Array(followers).fill("/v1/channels/-/events"),
      authorization: `Bearer ${channel.streamToken}`,
      greetings: 1,
    } satisfies OpenMany);
    await bareClients.ask("open", {
      port: await bare.ask<number>("port"),
      paths: Array(followers).fill("/"),
      greetings: 0,
    } satisfies OpenMany);

    const burst = { channel: channel.id, count: events };
    const ours = () => round(tipwire, ourClients, burst);
    const theirs = () => round(bare, bareClients);
    // Once for the compiler; the frames of it are what bare Bun publishes then, byte for byte as long.
    await ours();
    const texts = await tipwire.ask<readonly string[]>("texts", burst);
    await bare.ask("prepare", texts);
    await theirs();

    const times: { ours: Round; theirs: Round }[] = [];
    for (let i = 0; i < rounds; i++) {
      // Who goes first alternates too.
      if (i % 2 === 0) times.push({ ours: await ours(), theirs: await theirs() });
      else times.push({ theirs: await theirs(), ours: await ours() });
    }

    const ratio = spread(times.map(({ ours, theirs }) => theirs.spent / ours.spent));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
    const row = (name: string, who: "ours" | "theirs") => [
      name,
      shown(spread(times.map((time) => time[who].spent)), 0),
      shown(spread(times.map((time) => (time[who].serverCpu * 1000) / deliveries)), 2),
      shown(spread(times.map((time) => (time[who].clientCpu * 1000) / deliveries)), 2),
    ];
    print(
      table([
        ["", "milliseconds", "server µs a delivery", "client µs a delivery"],
        row("tipwire, 100 appends, commit included", "ours"),
        row("bare server.publish, 100 encoded messages", "theirs"),
        ["tipwire is faster by a factor of", shown(ratio, 2), "", ""],
      ]),
    );
    print(`${rounds} rounds of each, alternating; frames of ${bytes.toFixed(0)} bytes; median (least to most)`);
    return [
      {
        what: "burst of 100 to 2,000 followers, times as fast as bare server.publish",
        measured: shown(ratio, 2),
        value: ratio.median,
        goal: 1,
        better: "more",
        unit: "×",
      },
    ];
  },
};

interface Round {
  /** Milliseconds from the beginning of the burst to its last delivery. */
  readonly spent: number;
  /** Milliseconds of processor time. */
  readonly serverCpu: number;
  readonly clientCpu: number;
}

async function round(server: Worker, clients: Worker, burst?: unknown): Promise<Round> {
  const before = [await server.ask<number>("cpu"), await clients.ask<number>("cpu")] as const;
  await clients.ask("expect", deliveries);
  const last = clients.ask<number>("last");
  const begun = await server.ask<number>("burst", burst);
  const spent = (await last) - begun;
  const after = [await server.ask<number>("cpu"), await clients.ask<number>("cpu")] as const;
  return { spent, serverCpu: after[0] - before[0], clientCpu: after[1] - before[1] };
}
