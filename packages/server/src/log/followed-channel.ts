import type { Clock } from "../core/clock.ts";
import type { LogRecord } from "../core/record.ts";
import type { EventLog } from "./event-log.ts";
import type { Follower, Sink } from "./sink.ts";
import { type TailBudget, TailRecord } from "./tail.ts";

export interface HubLimits {
  /** Records and bytes that one channel's tail keeps in memory. */
  readonly tailRecords: number;
  readonly tailBytes: number;
  /** Bytes that all tails keep together. */
  readonly allTailsBytes: number;
  /** Milliseconds between two looks at the store's own versions. */
  readonly reconcileEvery: number;
}

export const hubLimits: HubLimits = {
  tailRecords: 256,
  tailBytes: 64 * 1024,
  allTailsBytes: 32 * 1024 * 1024,
  reconcileEvery: 2000,
};

/** A channel that somebody follows: its newest records in memory, and the one reader that fetches what is not there. */
export class FollowedChannel {
  readonly #channel: number;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #limits: HubLimits;
  readonly #budget: TailBudget;
  readonly #abandoned: () => void;
  /** In no order; each knows its place. An array, since most channels have one or two. */
  readonly #followers: ChannelFollower[] = [];
  /** Followers that have room but stand before the tail, in the order in which they are served; mostly there are none. */
  #behind: Set<ChannelFollower> | undefined;
  /** The newest records, without holes; the last one's offset is `#end`, the first one's `#start + 1`. */
  #tail: TailRecord[] = [];
  #tailBytes = 0;
  #start = 0;
  #end = 0;
  /** How many records the next page has: fewer where they are large, since a follower with little room takes only the first. */
  #pageRecords: number;
  /** How often in a row it was looked at and had not grown. */
  #quietLooks = 0;
  /** The highest version heard of. */
  #wanted = 0;
  /** Whether `#end` is known from the store. */
  #opened = false;
  #loading = false;
  #closed = false;

  constructor(
    channel: number,
    log: EventLog,
    clock: Clock,
    limits: HubLimits,
    budget: TailBudget,
    abandoned: () => void,
  ) {
    this.#channel = channel;
    this.#log = log;
    this.#clock = clock;
    this.#limits = limits;
    this.#pageRecords = limits.tailRecords;
    this.#budget = budget;
    this.#abandoned = abandoned;
  }

  get size(): number {
    return this.#followers.length;
  }

  get lag(): number {
    let lag = 0;
    for (const follower of this.#followers) lag = Math.max(lag, this.#end - follower.position);
    return lag;
  }

  /** `newest`: everything that was after `after` a moment ago, where the caller has read it. */
  join(after: number, sink: Sink, newest?: readonly LogRecord[]): ChannelFollower {
    const follower = new ChannelFollower(this, after, sink);
    follower.place = this.#followers.push(follower) - 1;
    this.#wanted = Math.max(this.#wanted, after);
    if (newest !== undefined && !this.#opened && !this.#loading) this.#openWith(after, newest);
    else this.ready(follower);
    return follower;
  }

  leave(follower: ChannelFollower): void {
    if (this.#followers[follower.place] !== follower) return;
    const last = this.#followers.pop() as ChannelFollower;
    if (last !== follower) {
      this.#followers[follower.place] = last;
      last.place = follower.place;
    }
    this.#overtakes(follower);
    if (this.#followers.length === 0) {
      this.close();
      this.#abandoned();
    }
  }

  close(): void {
    this.#closed = true;
    this.#followers.length = 0;
    this.#behind = undefined;
    this.forget();
  }

  heard(version: number): void {
    if (version <= this.#wanted) return;
    this.#wanted = version;
    this.#load();
  }

  /**
   * Called every time that the store is compared. A tail is there for those who are a moment behind; where nothing has
   * come for a while it is let go, or thousands of quiet channels would each keep what nobody needs.
   */
  look(): void {
    if (this.#tail.length > 0 && ++this.#quietLooks > quietLooks) this.forget();
  }

  /** Empties the tail; followers that still need its records read the log. */
  forget(): void {
    this.#tail = [];
    this.#tailBytes = 0;
    this.#start = this.#end;
    this.#budget.note(this, 0, this.#limits.allTailsBytes);
  }

  /** `follower` has room: serve it now from the tail, or put it in line for the log. */
  ready(follower: ChannelFollower): void {
    if (this.#closed) return;
    if (!this.#opened) {
      this.#load();
      return;
    }
    if (follower.position < this.#start) this.#waits(follower);
    else if (follower.position < this.#end) follower.give(this.#tail);
    if (this.#behind !== undefined || this.#wanted > this.#end) this.#load();
  }

  #waits(follower: ChannelFollower): void {
    this.#behind ??= new Set();
    this.#behind.add(follower);
  }

  #overtakes(follower: ChannelFollower): void {
    if (this.#behind?.delete(follower) && this.#behind.size === 0) this.#behind = undefined;
  }

  #load(): void {
    if (this.#loading || this.#closed) return;
    this.#loading = true;
    void this.#run();
  }

  /** The one reader of this channel: runs while there is something to read, new records first. */
  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      try {
        if (!this.#opened) await this.#open();
        if (this.#wanted > this.#end) await this.#extend();
        if (this.#behind !== undefined) {
          await this.#serve();
          // A long way back is many pages: others have their turn between two of them.
          await new Promise<void>((resolve) => this.#clock.soon(resolve));
        }
        failures = 0;
        if (this.#wanted <= this.#end && this.#behind === undefined) break;
      } catch {
        // The store does not answer. Followers keep their places; try again, more slowly each time.
        failures++;
        await new Promise<void>((resolve) => this.#clock.after(Math.min(2000, 50 * 2 ** failures), resolve));
      }
    }
    this.#loading = false;
  }

  async #open(): Promise<void> {
    const heads = await this.#log.heads([this.#channel]);
    if (this.#closed) return;
    this.#end = heads.get(this.#channel) ?? 0;
    this.#start = this.#end;
    this.#opened = true;
    for (const follower of this.#followers) {
      if (follower.hasRoom && follower.position < this.#start) this.#waits(follower);
    }
  }

  /** With its newest records at hand; what came meanwhile rang for nobody, and is read now. */
  #openWith(after: number, newest: readonly LogRecord[]): void {
    this.#start = after;
    this.#end = after;
    this.#opened = true;
    if (newest.length > 0) this.#take(newest);
    this.#wanted = Math.max(this.#wanted, this.#end + 1);
    this.#load();
  }

  /** Reads what came after the tail. */
  async #extend(): Promise<void> {
    const page = await this.#log.read(this.#channel, this.#end, this.#limits.tailRecords);
    if (this.#closed) return;
    if (page.length === 0) {
      // A ring ran ahead of what can be read, or a follower's cursor did; what is really new rings again.
      this.#wanted = this.#end;
      return;
    }
    this.#take(page);
    if (page.length === this.#limits.tailRecords) this.#wanted = Math.max(this.#wanted, this.#end + 1);
  }

  /** Adds what comes after the tail to it, and gives it to everyone who stands within. */
  #take(page: readonly LogRecord[]): void {
    this.#quietLooks = 0;
    for (const record of page) {
      const entry = new TailRecord(record);
      this.#tail.push(entry);
      this.#tailBytes += entry.bytes;
      this.#end = record.offset;
    }
    // Backwards: whoever leaves meanwhile is replaced by one who had its turn.
    for (let i = this.#followers.length - 1; i >= 0; i--) {
      const follower = this.#followers[i];
      if (follower?.hasRoom === true && follower.position >= this.#start && follower.position < this.#end) {
        follower.give(this.#tail);
      }
    }
    this.#trim();
  }

  #trim(): void {
    let drop = 0;
    while (
      this.#tail.length - drop > this.#limits.tailRecords ||
      (this.#tailBytes > this.#limits.tailBytes && drop < this.#tail.length)
    ) {
      this.#tailBytes -= this.#tail[drop]?.bytes ?? 0;
      drop++;
    }
    if (drop > 0) {
      this.#tail.splice(0, drop);
      this.#start += drop;
    }
    this.#budget.note(this, this.#tailBytes, this.#limits.allTailsBytes);
    // Whoever had no room while the tail moved on is put in line by its own `resume`.
  }

  /** Reads one page for the follower that has waited longest, and gives it to everyone behind who stands within it. */
  async #serve(): Promise<void> {
    const [first] = this.#behind ?? [];
    if (first === undefined) return;
    const page = (await this.#log.read(this.#channel, first.position, this.#pageRecords)).map(
      (record) => new TailRecord(record),
    );
    if (this.#closed) return;
    this.#pageRecords = recordsOfPage(page, this.#limits.tailRecords);
    const from = page[0]?.record.offset;
    const to = page.at(-1)?.record.offset;
    if (from === undefined || to === undefined) {
      // Nothing after it: it stands at the head, or beyond what can be read yet.
      this.#overtakes(first);
      return;
    }
    for (const follower of [...(this.#behind ?? [])]) {
      if (follower.position < from - 1 || follower.position >= to) continue;
      this.#overtakes(follower);
      follower.give(page);
      if (follower.hasRoom) this.ready(follower);
    }
  }
}

/** With looks two seconds apart, about ten seconds. */
const quietLooks = 5;

/** A page holds about so much at most, once the first one has shown how large records are. */
const pageBytes = 1024 * 1024;

function recordsOfPage(page: readonly TailRecord[], most: number): number {
  if (page.length === 0) return most;
  const bytes = page.reduce((sum, entry) => sum + entry.bytes, 0);
  return Math.max(4, Math.min(most, Math.floor((pageBytes / Math.max(1, bytes)) * page.length)));
}

/** One write to a sink carries about so much at most, however large the page that it comes from. */
const writeCharacters = 64 * 1024;

/** A position that moves along a channel, and whom it gives what it passes. */
class ChannelFollower implements Follower {
  readonly #channel: FollowedChannel;
  readonly #sink: Sink;
  position: number;
  /** Among the channel's followers. */
  place = 0;
  hasRoom = true;

  constructor(channel: FollowedChannel, after: number, sink: Sink) {
    this.#channel = channel;
    this.position = after;
    this.#sink = sink;
  }

  /** Writes what of `records` (in order, without holes) comes after the position. One follower's fault is its own. */
  give(records: readonly TailRecord[]): void {
    try {
      this.#write(records);
    } catch (fault) {
      this.stop();
      this.#sink.fail(fault);
    }
  }

  #write(records: readonly TailRecord[]): void {
    const first = records[0]?.record.offset ?? 0;
    let messages: string[] = [];
    let characters = 0;
    for (let i = Math.max(0, this.position + 1 - first); i < records.length && this.hasRoom; i++) {
      const entry = records[i] as TailRecord;
      const message = entry.message(this.#sink.encoder);
      this.position = entry.record.offset;
      if (message === null) continue;
      messages.push(message);
      characters += message.length;
      if (characters < writeCharacters) continue;
      this.hasRoom = this.#sink.write(messages);
      messages = [];
      characters = 0;
    }
    if (messages.length > 0) this.hasRoom = this.#sink.write(messages);
  }

  resume(): void {
    if (this.hasRoom) return;
    this.hasRoom = true;
    this.#channel.ready(this);
  }

  stop(): void {
    this.#channel.leave(this);
  }
}
