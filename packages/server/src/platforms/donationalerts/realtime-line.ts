import type { Clock } from "../../core/clock.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import type { Dial } from "../../intake/dial.ts";
import { type Fields, fieldsOf, integerOf, textOf } from "../../intake/fields.ts";
import type { SourceEnd } from "../../intake/source.ts";
import { type Method, methods } from "./centrifugo.ts";
import { Ended, retry } from "./ended.ts";
import { jsonPieces, parseJson } from "./json-stream.ts";
import { endOfClose, endOfError } from "./meanings.ts";

/** A reply's result, with the text of the whole reply. */
export interface Reply {
  readonly result: Fields;
  readonly text: string;
}

export interface LineListener {
  heard(): void;
  /** A message that answers no command, and its text. `undefined`: it is no JSON object. */
  said(message: Fields | undefined, text: string): void;
}

/** Seconds without a message after which the server is asked whether it is there, and for every answer; milliseconds. */
const quiet = 25_000;
const patience = 10_000;

interface Waiting {
  readonly asked: string;
  resolve(reply: Reply): void;
  reject(fault: Error): void;
}

/** One connection to the realtime server, seen from the client: commands and their replies, everything else to the listener. */
export class RealtimeLine implements SocketEvents {
  /** Resolves when the line is over: why. */
  readonly ended: Promise<SourceEnd>;
  readonly #end: (end: SourceEnd) => void;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #listener: LineListener;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isOpen = true;
  #noLongerQuiet: () => void;

  constructor(socket: Socket, clock: Clock, listener: LineListener) {
    const { promise, resolve } = Promise.withResolvers<SourceEnd>();
    this.ended = promise;
    this.#end = resolve;
    this.#socket = socket;
    this.#clock = clock;
    this.#listener = listener;
    this.#noLongerQuiet = clock.after(quiet, () => this.#askWhetherThere());
  }

  /** `asked`: what the command is for, in a sentence that says that it was refused. Throws `Ended`. */
  ask(method: Method, params: object | undefined, asked: string): Promise<Reply> {
    const id = ++this.#lastId;
    const number = methods.indexOf(method);
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const tooLate = this.#clock.after(patience, () =>
      this.close(`DonationAlerts did not answer the request to ${asked}.`),
    );
    this.#waiting.set(id, { asked, resolve, reject });
    if (this.#isOpen)
      this.#socket.send([JSON.stringify({ ...(params && { params }), ...(number > 0 && { method: number }), id })]);
    else this.#refuse({ status: "retry", reason: "The connection is closed." });
    return promise.finally(tooLate);
  }

  /** The server showed by something else than a reply that it did what the oldest command wants. */
  oldestIsDone(): void {
    this.#answered(undefined, {}, "{}");
  }

  /** Ends the line from here. */
  close(reason: string): void {
    this.#over({ status: "retry", reason });
    this.#socket.close(1000, "");
  }

  text(frame: string): void {
    if (!this.#isOpen) return;
    this.#noLongerQuiet();
    this.#noLongerQuiet = this.#clock.after(quiet, () => this.#askWhetherThere());
    this.#listener.heard();
    for (const piece of jsonPieces(frame)) this.#take(piece);
  }

  closed(code: number, reason: string): void {
    this.#over(endOfClose(code, reason));
  }

  drain(): void {}

  stalled(): void {
    this.close("DonationAlerts reads nothing any more.");
  }

  shutdown(): void {
    this.close("This program stops.");
  }

  #take(text: string): void {
    const message = fieldsOf(parseJson(text));
    const id = integerOf(message?.["id"]);
    const isReply = message !== undefined && (id !== undefined || "error" in message);
    if (isReply) this.#answered(id, message, text);
    else this.#listener.said(message, text);
  }

  /** Centrifugo answers a command that it could not read without its id: it answers in order, so it is the oldest one. */
  #answered(id: number | undefined, message: Fields, text: string): void {
    const known = id ?? this.#waiting.keys().next().value ?? 0;
    const waiting = this.#waiting.get(known);
    this.#waiting.delete(known);
    const error = fieldsOf(message["error"]);
    if (waiting === undefined) return;
    if (error === undefined) waiting.resolve({ result: fieldsOf(message["result"]) ?? {}, text });
    else waiting.reject(new Ended(endOfError(waiting.asked, integerOf(error["code"]) ?? 0, textOf(error["message"]))));
  }

  #askWhetherThere(): void {
    // Whether it answers is found out by the patience of `ask`.
    this.ask("ping", undefined, "say that it is there").catch(() => undefined);
  }

  #over(end: SourceEnd): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#noLongerQuiet();
    this.#refuse(end);
    this.#end(end);
  }

  #refuse(end: SourceEnd): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Ended(end));
    this.#waiting.clear();
  }
}

/** Opens a line. Throws `Ended`. */
export async function openLine(
  parts: { readonly url: string; readonly dial: Dial; readonly clock: Clock; readonly signal: AbortSignal },
  listener: LineListener,
): Promise<RealtimeLine> {
  const { url, dial, clock, signal } = parts;
  let line: RealtimeLine | undefined;
  const serve = (socket: Socket) => {
    line = new RealtimeLine(socket, clock, listener);
    return line;
  };
  const dialled = await dial(url, serve, { signal, heard: () => listener.heard() });
  if (dialled.status === "refused")
    throw retry(`DonationAlerts refused the realtime connection (status ${dialled.httpStatus}).`);
  if (dialled.status === "unreachable")
    throw retry(`DonationAlerts' realtime server cannot be reached. ${dialled.reason}`);
  if (line === undefined) throw new Error("A dialled connection was not served.");
  return line;
}
