import type {
  OverlayAnswer,
  OverlayFrame,
  OverlayHello,
  OverlayMessage,
  OverlayRequest,
  ShowingReport,
} from "@tipwire/client";
import { sha256 } from "../../access/secrets.ts";
import { type ErrorCode, Refused } from "../../core/errors.ts";
import { reportOf } from "./encode.ts";
import { OverlayLine } from "./line.ts";
import { type OverlayRoom, OverlaySession } from "./session.ts";

/** A request as it came in. */
export interface Asked extends OverlayRequest {
  /** It accepts an event stream. */
  readonly stream: boolean;
  readonly signal: AbortSignal;
  /** Counts a failed authentication against the page's address. */
  failed(): void;
}

/** A page that asked for nothing for so long is gone, milliseconds. */
const goneAfter = 3000;

interface AskingPage {
  readonly session: OverlaySession;
  readonly line: OverlayLine;
  askedAt: number;
  /** Answers that are held back for it just now. */
  held: number;
}

/** What a refusal by close code is as an answer. */
const refusals: Readonly<Record<number, ErrorCode>> = {
  4003: "too_many_connections",
  4500: "body_invalid",
  4501: "token_invalid",
  4502: "token_expired",
  4503: "token_revoked",
};

const headers = { "cache-control": "no-store", "x-accel-buffering": "no" };

/** Pages of screens where WebSockets are blocked: an event stream, or long-polling; what they say comes by requests too. */
export class OverlayRequests {
  readonly #room: OverlayRoom;
  readonly #pages = new Map<string, AskingPage>();
  readonly #stopTicks: () => void;
  #isStopping = false;

  constructor(room: OverlayRoom) {
    this.#room = room;
    this.#stopTicks = room.clock.every(1000, () => this.#forgetGone());
  }

  /** The answer to a `POST`: an event stream, or an `OverlayAnswer`. Throws `Refused`. */
  async answer(asked: Asked): Promise<Response> {
    if (asked.stream) return this.#stream(await this.#open(asked), asked.signal);
    const known = this.#pages.get(nameOf(asked.hello));
    if (asked.messages.length > 0) return json(await this.#deliver(asked, known));
    const goesOn = asked.after !== null && known?.line.reached(asked.after) === true;
    const page = goesOn ? known : await this.#open(asked);
    if (goesOn) await this.#renew(asked.hello, page);
    const frames = await this.#waiting(page, asked);
    if (frames.length === 0 && page.line.closed !== undefined) throw refusal(page.line.closed);
    return new Response(`{"frames":[${frames.join(",")}],"after":${JSON.stringify(page.line.place)}}`, {
      headers: { "content-type": "application/json", ...headers },
    });
  }

  /** Lets every held answer go. */
  stop(): void {
    this.#isStopping = true;
    this.#stopTicks();
    for (const { session } of this.#pages.values()) session.shutdown();
  }

  async #open({ hello, failed }: Asked): Promise<AskingPage> {
    if (this.#isStopping) throw new Refused("shutting_down");
    let session: OverlaySession | undefined;
    const line = new OverlayLine((socket) => {
      session = new OverlaySession(this.#room, socket, failed);
      return session;
    });
    if (session === undefined) throw new Error("A line serves its socket at once.");
    session.text(JSON.stringify(hello));
    await session.settled;
    if (line.closed !== undefined) throw refusal(line.closed);
    this.#pages.get(nameOf(hello))?.session.closed();
    const page = { session, line, askedAt: this.#room.clock.now(), held: 0 };
    this.#pages.set(nameOf(hello), page);
    return page;
  }

  #stream(page: AskingPage, signal: AbortSignal): Response {
    const { line, session } = page;
    const utf8 = new TextEncoder();
    page.held++;
    signal.addEventListener("abort", () => session.closed(), { once: true });
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const frames = await line.waiting(() => () => undefined);
        const text = frames.map((frame) => `data: ${frame}\n\n`).join("");
        line.reached(line.place);
        if (text !== "") controller.enqueue(utf8.encode(text));
        if (line.closed !== undefined) controller.close();
      },
      cancel: () => session.closed(),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream", ...headers } });
  }

  /** Holds the answer back until there is a frame. */
  async #waiting(page: AskingPage, { wait, signal }: Asked): Promise<readonly string[]> {
    const { clock } = this.#room;
    page.held++;
    const frames = await page.line.waiting((wake) => {
      signal.addEventListener("abort", wake, { once: true });
      return clock.after(wait * 1000, wake);
    });
    page.held--;
    page.askedAt = clock.now();
    return frames;
  }

  /** What the page says beside its stream or poll. Its reports are taken by any node, the rest by the one that serves it. */
  async #deliver(asked: Asked, known: AskingPage | undefined): Promise<OverlayAnswer> {
    const { hello, messages } = asked;
    const noted = await this.#report(hello, [...hello.reports, ...messages.filter(isReport)], asked.failed);
    if (known !== undefined) {
      await this.#renew({ ...hello, reports: [] }, known);
      for (const message of messages) if (!isReport(message)) known.session.text(JSON.stringify(message));
    }
    return { frames: noted, after: "" };
  }

  async #renew(hello: OverlayHello, page: AskingPage): Promise<void> {
    page.askedAt = this.#room.clock.now();
    page.session.renew(hello);
    if (hello.reports.length > 0) await this.#report(hello, hello.reports, () => undefined);
  }

  async #report(
    { key, copy, now }: OverlayHello,
    reports: readonly ShowingReport[],
    failed: () => void,
  ): Promise<readonly OverlayFrame[]> {
    const { keys, conductor, clock } = this.#room;
    const here = clock.now();
    const found = await keys.byHash(sha256(key));
    const isValid = found !== undefined && (found.expiresAt === null || found.expiresAt > clock.now());
    if (found?.use.kind !== "display" || !isValid) {
      failed();
      throw new Refused("token_invalid");
    }
    for (const report of reports) {
      const reported = reportOf(report, now, here);
      await conductor.report(found.stage, { kind: "report", screen: found.use.screen, copy, ...reported });
    }
    return reports.map(({ showing, type }) => ({ type: "noted", showing, report: type }));
  }

  #forgetGone(): void {
    const now = this.#room.clock.now();
    for (const [name, { session, askedAt, held }] of this.#pages) {
      if (held === 0 && now - askedAt > goneAfter) session.closed();
      if (session.isClosed) this.#pages.delete(name);
    }
  }
}

function json(answer: OverlayAnswer): Response {
  return Response.json(answer, { headers });
}

function nameOf({ key, copy }: OverlayHello): string {
  return `${sha256(key)}/${copy}`;
}

function isReport(message: OverlayMessage): message is ShowingReport {
  return message.type === "started" || message.type === "finished" || message.type === "failed";
}

function refusal({ code, reason }: { readonly code: number; readonly reason: string }): Refused {
  return new Refused(refusals[code] ?? "shutting_down", `${reason}.`);
}
