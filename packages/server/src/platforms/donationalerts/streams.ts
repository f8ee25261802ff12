import type { Channel, Directory } from "../../access/directory.ts";
import type { LogRecord } from "../../core/record.ts";
import type { EventLog } from "../../log/event-log.ts";
import type { Follower, Hub, Sink } from "../../log/hub.ts";
import { headOf } from "../../log/resume.ts";
import { positionOf } from "./centrifugo.ts";
import type { RealtimeChannel } from "./channels.ts";
import { DonationAlertsVoice, type PayinSystem, type Publisher } from "./encode.ts";

export interface StreamParts {
  readonly hub: Hub;
  readonly log: EventLog;
  readonly directory: Directory;
  readonly payinSystem: PayinSystem;
}

/** Where a client that comes back says it stood. */
export interface Recovery {
  readonly seq: number;
  readonly gen: number;
  readonly epoch: string;
}

/** Where a subscription begins. */
export interface Start {
  /** Everything after it comes as a push. */
  readonly offset: number;
  /** What the client missed up to `offset`, newest first as Centrifugo lists it; JSON texts. */
  readonly publications: readonly string[];
  /** Whether nothing is missing between where the client stood and `offset`. */
  readonly recovered: boolean;
}

/** Records that are looked at for one reply, and how many characters of them it carries: the rest comes as pushes. */
const replyRecords = 256;
const replyCharacters = 64 * 1024;

/** The streams of the realtime server, one voice a channel that is listened to, so that its followers share their texts. */
export class Streams {
  readonly #parts: StreamParts;
  readonly #voices = new Map<number, DonationAlertsVoice>();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** The log's identity: positions of another one mean nothing here. */
  get epoch(): string {
    return this.#parts.log.history;
  }

  /** Opened streams are left again; `undefined` where there is no such channel. */
  async open({ user, carries }: RealtimeChannel): Promise<Stream | undefined> {
    const channel = this.#voices.get(user)?.channel ?? (await this.#parts.directory.channel(user));
    if (channel === undefined) return undefined;
    const voice = this.#voiceOf(channel);
    const publisher = { donations: voice.donations, "custom alerts": voice.customAlerts, goals: undefined }[carries];
    return new Stream(this.#parts, user, publisher, () => this.#leave(voice));
  }

  /** A channel's new settings are in every push from now on. */
  async settingsChanged(id: number): Promise<void> {
    const voice = this.#voices.get(id);
    if (voice === undefined) return;
    voice.channel = (await this.#parts.directory.channel(id).catch(() => undefined)) ?? voice.channel;
  }

  #voiceOf(channel: Channel): DonationAlertsVoice {
    const voice = this.#voices.get(channel.id) ?? new DonationAlertsVoice(channel, this.#parts.payinSystem);
    this.#voices.set(channel.id, voice);
    voice.streams++;
    return voice;
  }

  #leave(voice: DonationAlertsVoice): void {
    voice.streams--;
    if (voice.streams === 0) this.#voices.delete(voice.channel.id);
  }
}

/**
 * What one subscription reads: the log, seen through what the channel carries. A position (`seq` with `gen`) is an
 * offset; what is not carried leaves holes in the numbers, which no client counts.
 */
export class Stream {
  readonly #parts: StreamParts;
  readonly #user: number;
  /** `undefined`: nothing is published yet. */
  readonly #publisher: Publisher | undefined;
  readonly leave: () => void;

  constructor(parts: StreamParts, user: number, publisher: Publisher | undefined, leave: () => void) {
    this.#parts = parts;
    this.#user = user;
    this.#publisher = publisher;
    this.leave = leave;
  }

  /** At the head, or with `recovery` after the place that it names, if that is one of this log. */
  async start(recovery: Recovery | undefined): Promise<Start> {
    const { log } = this.#parts;
    const head = await headOf(log, this.#user);
    const asked = recovery === undefined ? 0 : positionOf(recovery.seq, recovery.gen);
    if (recovery?.epoch !== log.history || asked > head) return { offset: head, publications: [], recovered: false };
    const { publications, last } = this.#published(await log.read(this.#user, asked, replyRecords));
    return { offset: last?.offset ?? asked, publications: publications.reverse(), recovered: true };
  }

  /** The newest publications, newest first; JSON texts. */
  async history(): Promise<readonly string[]> {
    const { log } = this.#parts;
    const after = Math.max(0, (await headOf(log, this.#user)) - replyRecords);
    const records = await log.read(this.#user, after, replyRecords);
    return this.#published([...records].reverse()).publications;
  }

  /** Gives `take` what comes after `offset`. */
  follow(offset: number, take: Omit<Sink, "encoder">): Follower | undefined {
    const encoder = this.#publisher;
    if (encoder === undefined) return undefined;
    const { write, fail } = take;
    return this.#parts.hub.follow(this.#user, offset, { encoder, write: write.bind(take), fail: fail.bind(take) });
  }

  /** As many as a reply carries; `last` is the last one that was looked at. */
  #published(records: readonly LogRecord[]): { publications: string[]; last: LogRecord | undefined } {
    const publications: string[] = [];
    let characters = 0;
    let last: LogRecord | undefined;
    for (const record of records) {
      if (characters > replyCharacters) break;
      last = record;
      const publication = this.#publisher?.publication(record) ?? null;
      if (publication === null) continue;
      publications.push(publication);
      characters += publication.length;
    }
    return { publications, last };
  }
}
