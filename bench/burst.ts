import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import type { OpenMany } from "./client.ts";
import { shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const followers = 2000;
const events = 100;

/**
 * The hub's first figure. A round is the time from the first of 100 concurrent appends (for bare Bun: publishes) to the
 * moment at which the client process has the last of 200,000 frames. Rounds of both alternate.
 */
export const burstBench: Bench = {
  name: "burst",
  title: `A burst of ${events} events to ${followers} followers of one channel, against bare server.publish`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    const rounds = quick ? 5 : 15;
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
    const ours = () => round(ourClients, () => tipwire.ask<number>("burst", burst));
    const theirs = () => round(bareClients, () => bare.ask<number>("burst"));
    // Once for the compiler; the frames of it are what bare Bun publishes then, byte for byte as long.
    await ours();
    const texts = await tipwire.ask<readonly string[]>("texts", burst);
    await bare.ask("prepare", texts);
    await theirs();

    const times: { ours: number; theirs: number }[] = [];
    for (let i = 0; i < rounds; i++) {
      // Who goes first alternates too.
      if (i % 2 === 0) times.push({ ours: await ours(), theirs: await theirs() });
      else times.push({ theirs: await theirs(), ours: await ours() });
    }

    const ratio = spread(times.map(({ ours, theirs }) => theirs / ours));
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
    print(
      table([
        ["", "milliseconds", "frames/s"],
        ...(["ours", "theirs"] as const).map((who) => {
          const spent = spread(times.map((time) => time[who]));
          const rate = ((followers * events) / spent.median) * 1000;
          const name = who === "ours" ? "tipwire, 100 appends, commit included" : "bare server.publish, 100 texts";
          return [name, shown(spent, 0), rate.toFixed(0)];
        }),
        ["tipwire is faster by a factor of", shown(ratio, 2), ""],
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

/** Milliseconds from the beginning of a burst to its last delivery. */
async function round(clients: Worker, burst: () => Promise<number>): Promise<number> {
  await clients.ask("expect", followers * events);
  const last = clients.ask<number>("last");
  const begun = await burst();
  return (await last) - begun;
}
