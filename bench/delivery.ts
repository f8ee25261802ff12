import type { OpenMany, OpenOne } from "./client.ts";
import type { Pace } from "./pace.ts";
import { shown, spread } from "./rounds.ts";
import { Worker } from "./worker.ts";

/** So many are asked for at a time, so that no message between processes gets large. */
const portion = 500;

export interface MadeChannel {
  readonly id: number;
  readonly slug: string;
  readonly streamToken: string;
}

/** Tipwire in a process of its own. */
export function startTipwire(): Worker {
  return new Worker(`${import.meta.dir}/servers/tipwire.ts`);
}

export async function makeChannels(tipwire: Worker, count: number): Promise<readonly MadeChannel[]> {
  const made: MadeChannel[] = [];
  while (made.length < count) {
    made.push(...(await tipwire.ask<MadeChannel[]>("channels", Math.min(portion, count - made.length))));
  }
  return made;
}

/** A native WebSocket that follows the channel. */
export function nativeSocket({ streamToken }: MadeChannel): OpenOne {
  return { path: "/v1/channels/-/events", token: streamToken };
}

/** Connects them all from one process, and waits for their greetings. */
export async function connectAll(
  server: Worker,
  clients: Worker,
  sockets: readonly OpenOne[],
  how: Pick<OpenMany, "greetings" | "sse">,
): Promise<void> {
  const port = await server.ask<number>("port");
  for (let i = 0; i < sockets.length; i += portion) {
    await clients.ask("open", { ...how, port, sockets: sockets.slice(i, i + portion) } satisfies OpenMany);
  }
}

/** A server, its clients, and what to ask it for. */
export interface Party {
  readonly name: string;
  readonly server: Worker;
  readonly clients: Worker;
  readonly burst?: unknown;
}

export interface Delivered {
  /** Milliseconds from the beginning of a burst to its last delivery. */
  readonly spent: number;
  /** Milliseconds of processor time. */
  readonly serverCpu: number;
  readonly clientCpu: number;
}

/** `bursts` bursts, one after the other, each waited for until the last of its `deliveries` has come. */
export async function deliver(
  { server, clients, burst }: Party,
  deliveries: number,
  bursts: number,
): Promise<Delivered> {
  const before = [await server.ask<number>("cpu"), await clients.ask<number>("cpu")] as const;
  let spent = 0;
  for (let i = 0; i < bursts; i++) {
    await clients.ask("expect", deliveries);
    const last = clients.ask<number>("last");
    const begun = await server.ask<number>("burst", burst);
    spent += (await last) - begun;
  }
  const after = [await server.ask<number>("cpu"), await clients.ask<number>("cpu")] as const;
  return { spent, serverCpu: after[0] - before[0], clientCpu: after[1] - before[1] };
}

/** Events at a pace, each of them to `followersEach`; gives the server's processor time for one, in microseconds. */
export async function paced(
  { server, clients }: Pick<Party, "server" | "clients">,
  asked: Pace & { readonly channels?: readonly number[]; readonly commit?: boolean },
  followersEach: number,
): Promise<number> {
  const events = asked.perSecond * asked.seconds;
  await clients.ask("expect", events * followersEach);
  const before = await server.ask<number>("cpu");
  await server.ask("pace", asked);
  await clients.ask("last");
  return (((await server.ask<number>("cpu")) - before) * 1000) / events;
}

/** A line of the table: `results` of one party, each of `deliveries`. */
export function deliveryRow(name: string, results: readonly Delivered[], deliveries: number, bursts: number): string[] {
  const each = (milliseconds: number) => (milliseconds * 1000) / (deliveries * bursts);
  return [
    name,
    shown(spread(results.map(({ spent }) => spent / bursts)), 1),
    shown(spread(results.map(({ serverCpu }) => each(serverCpu))), 2),
    shown(spread(results.map(({ clientCpu }) => each(clientCpu))), 2),
  ];
}

export const deliveryHead = ["", "milliseconds", "server µs a delivery", "client µs a delivery"];
