import { table } from "../drills/table.ts";
import type { Bench, Figure } from "./bench.ts";
import { connectAll, nativeSocket } from "./delivery.ts";
import { World } from "./postgres-world.ts";
import { shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

const nodes = 3;
/** A process may open 20,000 files on the machines where this is run. */
const socketsEach = 15_000;
const followersEach = 2;

/** What listening costs where several nodes share it. */
export const postgresIdleBench: Bench = {
  name: "postgres-idle",
  title: `PostgreSQL: ${nodes * socketsEach} idle native WebSockets over ${nodes} nodes, ${followersEach} a channel: resident memory after collection`,

  async run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]> {
    if (quick) {
      print("left out of a guard: with few sockets it would measure what the first connections cost once");
      return [];
    }
    await using world = await World.start();
    const rows: string[][] = [];
    const kilobytes: number[] = [];
    const all: Worker[] = [];
    for (let i = 0; i < nodes; i++) all.push(await world.startNode());
    const before: number[] = [];
    for (const node of all) before.push(await node.ask<number>("memory"));
    await using clients = new AsyncDisposableStack();
    for (const node of all) {
      const made = await world.makeChannels(socketsEach / followersEach);
      const client = clients.use(new Worker(`${import.meta.dir}/client.ts`));
      const sockets = [...made, ...made].map(nativeSocket);
      await connectAll(node, client, sockets, { greetings: 1 });
    }
    for (const [i, node] of all.entries()) {
      const after = await node.ask<number>("memory");
      const grown = (after - (before[i] ?? 0)) / socketsEach / 1024;
      kilobytes.push(grown);
      const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
      rows.push([`node ${i + 1}`, String(socketsEach), megabytes(before[i] ?? 0), megabytes(after), grown.toFixed(2)]);
    }
    print(table([["", "sockets", "MB before", "MB with all", "KB each"], ...rows]));
    const cpu = () => Promise.all(all.map((node) => node.ask<number>("cpu")));
    const [began, databaseBegan] = [await cpu(), await world.cpu()];
    const seconds = 10;
    await new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
    const [ended, databaseEnded] = [await cpu(), await world.cpu()];
    const busy = ended.map((ms, i) => (ms - (began[i] ?? 0)) / seconds / 10);
    print(
      `with all of them quiet for ${seconds} s: ${busy.map((percent) => percent.toFixed(1)).join(", ")} % of a core a node, ${((databaseEnded - databaseBegan) / seconds / 10).toFixed(1)} % for PostgreSQL`,
    );
    const memory = spread(kilobytes);
    return [
      {
        what: "PostgreSQL: memory of an idle native WebSocket, over three nodes",
        measured: shown(memory, 2),
        value: memory.median,
        goal: 4,
        better: "less",
        unit: "KB",
      },
    ];
  },
};
