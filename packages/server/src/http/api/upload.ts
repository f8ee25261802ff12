import { createHash } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import { type Format, formats, mediaId } from "../../media/formats.ts";
import { beginning, promisedFormat } from "../../media/inspect.ts";

/** Files on their way at a time: each is in memory until it was looked at. */
const most = { ofChannel: 4, inAll: 16 };

/** Milliseconds that a file may take: 30 MB over the slowest line that people stream with. */
const arrivesWithin = 300_000;

/** Who uploads just now. */
export class Uploads {
  readonly #underWay = new Map<number, number>();

  /** Runs `work` as one of the channel's uploads. Throws `too_many_uploads` where there are enough. */
  async run<T>(channel: number, work: () => Promise<T>): Promise<T> {
    const own = this.#underWay.get(channel) ?? 0;
    const all = [...this.#underWay.values()].reduce((sum, count) => sum + count, 0);
    if (own >= most.ofChannel || all >= most.inAll) throw new Refused("too_many_uploads");
    this.#underWay.set(channel, own + 1);
    try {
      return await work();
    } finally {
      if (own === 0) this.#underWay.delete(channel);
      else this.#underWay.set(channel, own);
    }
  }
}

export interface Uploaded {
  /** What its first bytes promise. */
  readonly format: Format;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly id: string;
}

/**
 * Reads a file from the body, and no more of it than a file of its format may have. Throws `media_unaccepted` after the
 * first bytes, `media_too_large`, `body_invalid` where it does not arrive.
 */
export async function readUpload({ body, headers }: Request, clock: Clock): Promise<Uploaded> {
  if (body === null) throw new Refused("media_unaccepted");
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  const stopWaiting = clock.after(arrivesWithin, cancel);
  const file = new ArrivingFile(Number(headers.get("content-length") ?? 0));
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) file.take(step.value);
    return file.whole();
  } catch (fault) {
    cancel();
    if (fault instanceof Refused) throw fault;
    throw new Refused("body_invalid", "The file did not arrive whole.", { cause: fault });
  } finally {
    stopWaiting();
  }
}

/** As much of a file as is there. It is hashed as it comes: for all of it at once others would have to wait. */
class ArrivingFile {
  /** Bytes that were announced; 0: none were. */
  readonly #told: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #hash = createHash("sha256");
  #length = 0;
  #format: Format | undefined;

  constructor(told: number) {
    this.#told = told;
  }

  take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#hash.update(chunk);
    this.#length += chunk.length;
    if (this.#length >= beginning) refuseTooLarge(this.#promised(), Math.max(this.#length, this.#told));
  }

  whole(): Uploaded {
    const format = this.#promised();
    if (this.#length < this.#told) throw new Refused("body_invalid", "The file did not arrive whole.");
    return { format, bytes: joined(this.#chunks, this.#length), id: mediaId(this.#hash.digest("hex")) };
  }

  #promised(): Format {
    this.#format ??= promisedFormat(Buffer.concat(this.#chunks));
    if (this.#format === undefined) throw new Refused("media_unaccepted");
    return this.#format;
  }
}

function refuseTooLarge(format: Format, length: number): void {
  const { name, most: limit } = formats[format];
  if (length <= limit) return;
  throw new Refused("media_too_large", `A ${name} file may have ${limit / 1024 / 1024} MB; this one has more.`);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
