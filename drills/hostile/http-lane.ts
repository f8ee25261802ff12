import { RawConnection } from "../../packages/server/test/raw-connection.ts";
import { within } from "../pause.ts";

export interface HttpAnswer {
  readonly status: number;
  /** Status line and headers, as they came. */
  readonly head: string;
  /** Empty for a stream: its first block only. */
  readonly body: Buffer;
}

/** What became of a request: an answer, the end of the connection, or neither in time. */
export type HttpOutcome = HttpAnswer | "ended" | "silent";

/** The server closes a connection on which nothing came for ten seconds, perhaps just as the next request leaves. */
const idleAtMost = 5000;

/** Sends one request at a time over a connection that it keeps as long as it can. */
export class HttpLane {
  readonly #port: number;
  #connection: RawConnection | undefined;
  /** When it was answered last. */
  #answeredAt = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** `patience`: milliseconds after which no answer is the outcome. */
  async exchange(bytes: Uint8Array, patience: number, headOnly = false): Promise<HttpOutcome> {
    const connection = await this.#connected();
    connection.write(bytes);
    const outcome = await within(
      connection.until((received) => answerIn(received, headOnly)),
      patience,
    );
    if (outcome !== undefined) {
      this.#answeredAt = performance.now();
      connection.take(outcome.length);
      if (outcome.last) this.hangUp();
      return outcome.answer;
    }
    const ended = connection.isEnded;
    this.hangUp();
    return ended ? "ended" : "silent";
  }

  /** The next request goes over a new connection. */
  hangUp(): void {
    this.#connection?.terminate();
    this.#connection = undefined;
  }

  async #connected(): Promise<RawConnection> {
    if (performance.now() - this.#answeredAt > idleAtMost) this.hangUp();
    if (this.#connection === undefined || this.#connection.isEnded)
      this.#connection = await RawConnection.open(this.#port);
    return this.#connection;
  }
}

interface Found {
  readonly answer: HttpAnswer;
  /** Bytes that it took. */
  readonly length: number;
  /** Nothing can follow on this connection. */
  readonly last: boolean;
}

function answerIn(received: Buffer, headOnly: boolean): Found | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = received.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  if (status === 100) {
    const rest = answerIn(received.subarray(end + 4), headOnly);
    return rest && { ...rest, length: rest.length + end + 4 };
  }
  const last = headerOf(head, "connection").toLowerCase() === "close" || head.startsWith("HTTP/1.0");
  const answer = (body: Buffer) => ({ status, head, body: Buffer.from(body) });
  if (headerOf(head, "content-type") === "text/event-stream") {
    const block = received.indexOf("\n\n", end + 4);
    if (block < 0 && !headOnly) return undefined;
    return { answer: answer(received.subarray(end + 4, block)), length: received.length, last: true };
  }
  const length =
    headOnly || status === 204 || status === 304 ? 0 : Number(headerOf(head, "content-length") || Number.NaN);
  if (Number.isNaN(length)) return { answer: answer(received.subarray(end + 4)), length: received.length, last: true };
  if (received.length < end + 4 + length) return undefined;
  return { answer: answer(received.subarray(end + 4, end + 4 + length)), length: end + 4 + length, last };
}

/** The first of that name, which is in lower case; "" where there is none. */
export function headerOf(head: string, name: string): string {
  const at = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (at < 0) return "";
  const from = at + name.length + 3;
  const to = head.indexOf("\r\n", from);
  return head.slice(from, to < 0 ? undefined : to).trim();
}
