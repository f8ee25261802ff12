import { cursorOf } from "../core/cursor.ts";
import type { Encoder } from "./hub.ts";

/** The same encoder for sessions that resume by cursors: each frame, a JSON object, has one more key at its end, its `cursor`. */
export function resumable(encoder: Encoder, epoch: string): Encoder {
  return {
    encode(record) {
      const frame = encoder.encode(record);
      return frame === null ? null : `${frame.slice(0, -1)},"cursor":"${cursorOf(epoch, record)}"}`;
    },
  };
}
