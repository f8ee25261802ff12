import { push } from "./centrifugo.ts";

/** A connection as others in its channel see it. */
export interface Present {
  /** The channel's name. */
  readonly name: string;
  readonly user: string;
  readonly client: string;
  say(messages: readonly string[]): boolean;
  /** The same, left out where the socket has no room just now. */
  mention(messages: readonly string[]): void;
}

/** Joins and leaves are told to the others in channels of at most so many: in larger ones that would be a storm. */
const toldAmong = 64;

/** A presence reply names at most so many; its stats count all. */
const mostNamed = 1000;

/** Who is in which channel on this node. */
export class Presence {
  readonly #channels = new Map<string, Set<Present>>();

  /** Says so to whoever joins, always, and to the others. */
  join(present: Present): void {
    const all = this.#channels.get(present.name) ?? new Set();
    this.#channels.set(present.name, all.add(present));
    const message = [push("join", present.name, JSON.stringify({ info: infoOf(present) }))];
    present.say(message);
    if (all.size > toldAmong) return;
    for (const each of all) if (each !== present) each.mention(message);
  }

  leave(present: Present): void {
    const all = this.#channels.get(present.name);
    if (all?.delete(present) !== true) return;
    if (all.size === 0) this.#channels.delete(present.name);
    if (all.size > toldAmong) return;
    const message = [push("leave", present.name, JSON.stringify({ info: infoOf(present) }))];
    for (const each of all) each.mention(message);
  }

  /** The result of `presence`, as JSON. */
  list(name: string): string {
    const named = [...(this.#channels.get(name) ?? [])].slice(0, mostNamed);
    return JSON.stringify({ presence: Object.fromEntries(named.map((each) => [each.client, infoOf(each)])) });
  }

  /** The result of `presence_stats`, as JSON. */
  stats(name: string): string {
    const all = [...(this.#channels.get(name) ?? [])];
    return JSON.stringify({ num_clients: all.length, num_users: new Set(all.map(({ user }) => user)).size });
  }
}

function infoOf({ user, client }: Present) {
  return { user, client };
}
