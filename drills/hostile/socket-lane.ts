import { RawConnection } from "../../packages/server/test/raw-connection.ts";
import { type Frame, FrameReader, frame, opcodes } from "../../packages/server/test/websocket-frames.ts";
import { within } from "../pause.ts";

export interface SocketInput {
  /** The request, whole. */
  readonly handshake: Uint8Array;
  readonly frames: readonly Uint8Array[];
  /** Frames in the same write as the handshake. */
  readonly coalesced: boolean;
  /** Whether the frames keep to RFC 6455, so that a ping behind them must be answered or the socket closed. */
  readonly wellFramed: boolean;
}

export interface SocketOutcome {
  /** 0: the connection ended before an answer. */
  readonly status: number;
  readonly contentType: string;
  /** Of a refusal. */
  readonly body: string;
  readonly frames: readonly Frame[];
  readonly ended: boolean;
  /** The ping behind the frames was answered. */
  readonly answered: boolean;
}

const sentinel = Buffer.from("hostile");

/** One socket from its handshake to its end. */
export async function converse(port: number, input: SocketInput, patience: number): Promise<SocketOutcome> {
  const connection = await RawConnection.open(port);
  try {
    const behind = Buffer.concat([...input.frames, frame(sentinel, { opcode: opcodes.ping })]);
    connection.write(input.coalesced ? Buffer.concat([input.handshake, behind]) : input.handshake);
    const head = await within(connection.until(headIn), input.wellFramed ? patience : 25);
    if (head === undefined)
      return { status: 0, contentType: "", body: "", frames: [], ended: connection.isEnded, answered: false };
    const text = connection.take(head).toString("latin1").toLowerCase();
    const status = Number(text.slice(9, 12));
    const contentType = /\r\ncontent-type: ([^\r]*)/.exec(text)?.[1] ?? "";
    if (status !== 101) {
      const length = Number(/\r\ncontent-length: (\d+)/.exec(text)?.[1] ?? 0);
      await within(
        connection.until((received) => (received.length < length ? undefined : true)),
        patience,
      );
      const body = connection.received.subarray(0, length).toString();
      return { status, contentType, body, frames: [], ended: connection.isEnded, answered: false };
    }
    if (!input.coalesced) connection.write(behind);
    const reader = new FrameReader();
    const frames: Frame[] = [];
    const read = connection.until((received) => {
      frames.push(...reader.push(connection.take(received.length)));
      return frames.some(({ opcode, payload }) => opcode === opcodes.pong && payload.equals(sentinel)) || undefined;
    });
    const answered = (await within(read, input.wellFramed ? patience : 25)) === true;
    return { status, contentType, body: "", frames, ended: connection.isEnded, answered };
  } finally {
    connection.terminate();
  }
}

function headIn(received: Buffer): number | undefined {
  const end = received.indexOf("\r\n\r\n");
  return end < 0 ? undefined : end + 4;
}
