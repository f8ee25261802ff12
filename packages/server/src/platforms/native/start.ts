import type { Credential } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import type { ResetReason } from "../../core/cursor.ts";
import type { LogRecord } from "../../core/record.ts";
import { cursorAt, headCursor, headOf, resolveCursor } from "../../log/resume.ts";
import type { NativeRoom } from "./room.ts";

/** Where a session goes on, and what it is told first. */
export interface Start {
  readonly channel: Channel;
  readonly offset: number;
  /** All that comes after it, where that was seen. */
  readonly newest: readonly LogRecord[] | undefined;
  readonly hello: string;
  readonly reset: string | undefined;
}

/** The first messages of a session that asked to go on after `after`; `undefined` when that is no cursor. */
export async function startOf(room: NativeRoom, channel: Channel, after: string): Promise<Start | undefined> {
  const { log } = room;
  const resumption = await resolveCursor(log, channel.id, after);
  if (resumption.status === "invalid") return undefined;
  const seen = resumption.status === "at" ? resumption : undefined;
  const cursor = seen?.cursor ?? (await cursorAt(log, channel.id, resumption.offset));
  const newest = seen?.newest;
  const head = newest
    ? headCursor(log, cursor, newest)
    : await cursorAt(log, channel.id, await headOf(log, channel.id));
  const { id, slug, title } = channel;
  const keepalive = room.limits.keepaliveSeconds;
  const hello = JSON.stringify({ type: "hello", protocol: 1, channel: { id, slug, title }, cursor, head, keepalive });
  const reset = resumption.status === "reset" ? resetText(resumption.reason, cursor, log.epoch, head) : undefined;
  return { channel, offset: resumption.offset, newest, hello, reset };
}

function resetText(reason: ResetReason, cursor: string, epoch: string, head: string): string {
  return JSON.stringify({ type: "reset", reason, cursor, oldest: `${epoch}.0.0.0`, head });
}

/** Why a WebSocket does not start: the code and reason that it is closed with. */
export interface NoStart {
  readonly code: number;
  readonly reason: string;
}

/** The start of a WebSocket that asked for the channel `slug` after `after`. */
export async function startFor(
  room: NativeRoom,
  slug: string,
  after: string,
  credential: Credential,
): Promise<Start | NoStart> {
  const channel = await room.find(slug, credential);
  if (channel === undefined) return { code: 4504, reason: "no such channel, or it is not yours to read" };
  return (await startOf(room, channel, after)) ?? { code: 4500, reason: "after is no cursor" };
}
