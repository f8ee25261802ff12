import { isoTime } from "../../core/clock.ts";
import { cursorOf } from "../../core/cursor.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Encoder } from "../../log/hub.ts";

/** An event as GET and WebSocket give it. The log keeps its body in this very form, so saying it is joining two texts. */
export function nativeText(epoch: string, record: LogRecord): string {
  const replayOf = record.replayOf === null ? "null" : `"${record.replayOf}"`;
  return `{"id":"${record.id}","cursor":"${cursorOf(epoch, record)}","kind":"${record.kind}","arrival":"${record.arrival}","receivedAt":"${isoTime(record.receivedAt)}","replayOf":${replayOf},${record.body.slice(1)}`;
}

/** One WebSocket frame an event. */
export function nativeEncoder(epoch: string): Encoder {
  return { encode: (record) => nativeText(epoch, record) };
}

/** One block of `text/event-stream` an event; `id:` is its cursor. */
export function sseEncoder(epoch: string): Encoder {
  return { encode: (record) => `id: ${cursorOf(epoch, record)}\ndata: ${nativeText(epoch, record)}\n\n` };
}
