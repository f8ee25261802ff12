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
  /** What is said before `frames`, each answer awaited, where a protocol wants that; gives frames to go in their place. */
  readonly introduction?: (dialogue: Dialogue) => Promise<readonly Uint8Array[]>;
  /** What shows that everything was met, where a ping of WebSocket's own does not. */
  readonly last?: Sentinel;
}

export interface Sentinel {
  readonly frame: Uint8Array;
  isAnswer(frame: Frame): boolean;
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

const payload = Buffer.from("hostile");
const ping: Sentinel = {
  frame: frame(payload, { opcode: opcodes.ping }),
  isAnswer: (answer) => answer.opcode === opcodes.pong && answer.payload.equals(payload),
};

/** An open socket, while things are said on it and heard. */
export class Dialogue {
  readonly frames: Frame[] = [];
  readonly #connection: RawConnection;
  readonly #reader = new FrameReader();

  constructor(connection: RawConnection) {
    this.#connection = connection;
  }

  say(...frames: readonly Uint8Array[]): void {
    this.#connection.write(Buffer.concat(frames));
  }

  /** The first frame so far, or from now on, that `is` it; `undefined` when the connection ends before. */
  hear(is: (frame: Frame) => boolean): Promise<Frame | undefined> {
    return this.#connection.until((received) => {
      this.frames.push(...this.#reader.push(this.#connection.take(received.length)));
      return this.frames.find(is);
    });
  }
}

/** One socket from its handshake to its end. Throws what its introduction does. */
export async function converse(port: number, input: SocketInput, patience: number): Promise<SocketOutcome> {
  const connection = await RawConnection.open(port);
  try {
    const last = input.last ?? ping;
    const behind = Buffer.concat([...input.frames, last.frame]);
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
    const dialogue = new Dialogue(connection);
    const introduced = input.introduction && (await within(input.introduction(dialogue), patience));
    if (introduced !== undefined) dialogue.say(...introduced, last.frame);
    else if (!input.coalesced) dialogue.say(behind);
    const answer = await within(dialogue.hear(last.isAnswer), input.wellFramed ? patience : 25);
    const { frames } = dialogue;
    return { status, contentType, body: "", frames, ended: connection.isEnded, answered: answer !== undefined };
  } finally {
    connection.terminate();
  }
}

function headIn(received: Buffer): number | undefined {
  const end = received.indexOf("\r\n\r\n");
  return end < 0 ? undefined : end + 4;
}
