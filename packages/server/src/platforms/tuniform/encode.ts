import type { Channel } from "../../access/directory.ts";
import type { StreamEvent } from "../../core/event.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Encoder } from "../../log/hub.ts";
import { resumable } from "../../log/resumable.ts";
import type { TuniformConnected } from "./wire.ts";

/** The first frame. Our channel's id is its `user_id`. `cursor`: only for a session that resumes by cursors. */
export function encodeConnected(channel: Channel, cursor?: string): string {
  const frame: TuniformConnected = {
    type: "CONNECTED",
    kick_username: channel.kickUsername,
    user_id: channel.id,
    ...(cursor !== undefined && { cursor }),
  };
  return JSON.stringify(frame);
}

/** Says a channel's events to all who listen to one feed at `/ws`. */
export interface FeedVoice extends Encoder {
  /** Its settings as they are now. */
  channel: Channel;
  /** How many sessions use it. */
  sessions: number;
  /** The same for sessions that resume by cursors. */
  readonly resumable: Encoder;
  /** The first frame, if the feed has one. `cursor`: only for a session that resumes by cursors. */
  connected(cursor?: string): string | undefined;
}

/**
 * Says a channel's events as Tuniform does. It has no word for tests, replays and lateness: they look like any event.
 * History that was imported, and custom events, are not said at all.
 */
export class TuniformEncoder implements FeedVoice {
  /** Its settings as they are now: the receiver in every frame. */
  channel: Channel;
  /** How many sessions use it. */
  sessions = 0;
  /** The same for sessions that resume by cursors: each frame has one more key at its end, its `cursor`. */
  #resumable: Encoder | undefined;
  readonly #epoch: string;

  constructor(channel: Channel, epoch: string) {
    this.channel = channel;
    this.#epoch = epoch;
  }

  get resumable(): Encoder {
    this.#resumable ??= resumable(this, this.#epoch);
    return this.#resumable;
  }

  connected(cursor?: string): string {
    return encodeConnected(this.channel, cursor);
  }

  encode(record: LogRecord): string | null {
    return isSaid(record.arrival, record.event.type) ? encodeEvent(record.event, this.channel) : null;
  }
}

/** History that was imported, and what the protocol has no word for, is not said. */
export function isSaid(arrival: string, type: string): boolean {
  return arrival !== "import" && type !== "custom";
}

/** Written out rather than stringified: the amount is printed exactly, never through a float. */
export function encodeEvent(event: StreamEvent, channel: Pick<Channel, "slug" | "title">): string {
  const subscription = event.type === "subscription";
  const recording = event.messageKind === "audio" ? event.message : "";
  const voice = event.voiceUrl ?? recording;
  return [
    `{"sender_username":${json(event.anonymous ? "" : event.name)}`,
    `"sender_avatar":${json(event.avatarUrl)}`,
    `"amount":${event.amount?.value ?? "0"}`,
    `"currency":${json(event.amount?.currency)}`,
    `"type":${json(event.type)}`,
    `"tier":${json(subscription ? event.tier : "")}`,
    `"duration":${subscription ? Math.trunc(event.duration ?? 0) : '""'}`,
    `"period":${json(subscription ? event.period : "")}`,
    `"streak":${Math.trunc(event.streak ?? 0)}`,
    `"receiver_username":${json(channel.slug)}`,
    `"receiver_display_name":${json(channel.title || channel.slug)}`,
    `"receiver_avatar":""`,
    `"message":${json(recording === "" ? event.message : "")}`,
    `"kick_username":${json(event.kickUsername)}`,
    `"tts_url":${json(event.ttsUrl)}`,
    `"have_tts":${Boolean(event.ttsUrl)}`,
    `"voice_message":${json(voice)}`,
    `"have_voice_message":${voice !== ""}`,
    `"timestamp":${json(withOffset(event.occurredAt))}}`,
  ].join(",");
}

/** "2026-04-11T16:00:00.000Z" as the page writes times: "2026-04-11T16:00:00+00:00". */
function withOffset(utc: string): string {
  return utc.replace(/(?:\.000)?Z$/, "+00:00");
}

function json(text: string | null | undefined): string {
  return JSON.stringify(text ?? "");
}
