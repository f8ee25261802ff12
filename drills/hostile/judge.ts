import { closeCodes, overlayCloseCodes } from "@tipwire/client";
import { tuniformKeys } from "../../packages/server/src/platforms/tuniform/wire.ts";
import { type Frame, opcodes } from "../../packages/server/test/websocket-frames.ts";
import { isRightClose, readReply } from "./centrifugo-replies.ts";
import { isOurFault, judgePage, judgeRefusal } from "./dialects.ts";
import { type HttpAnswer, type HttpOutcome, headerOf } from "./http-lane.ts";
import type { FramesInput, HttpInput, Protocol } from "./inputs/input.ts";
import { mayBeSentTo } from "./sent-to.ts";
import type { SocketOutcome } from "./socket-lane.ts";
import { targetOf } from "./target.ts";
import { refused, taken, type Verdict, wrong } from "./verdict.ts";

/** What Bun's HTTP parser says by itself, without a body. */
const parserStatuses: ReadonlySet<number> = new Set([400, 413, 431, 505]);

/** The texts and statuses of docs/platforms/*-compatible.md. */
const platformStatuses: ReadonlySet<number> = new Set([400, 401, 403, 404, 429]);
const tuniformTexts: ReadonlySet<string> = new Set(["Missing 'token' query parameter", "Invalid or expired token"]);

/** Closes of Bun's own: a protocol error, text that is not UTF-8, a message too large. */
const framingCloses: ReadonlySet<number> = new Set([1002, 1007, 1009]);

export function judgeHttp(input: HttpInput, outcome: HttpOutcome): Verdict {
  const { answers } = input;
  if (outcome === "ended")
    return answers === "raw" ? refused("connection closed") : wrong("the connection ended without an answer");
  if (outcome === "silent") {
    if (answers === "raw" || input.mayWait === true) return taken;
    return wrong("no answer within ten seconds");
  }
  return faultOfHead(input, outcome) ?? judgeAnswer(input, outcome);
}

/** What no answer may be, whoever gives it. */
function faultOfHead({ bytes }: HttpInput, { status, head }: HttpAnswer): Verdict | undefined {
  if (status === 101) return wrong("upgraded a request that was none");
  if (/^x-injected:/im.test(head)) return wrong("a header that the request wrote");
  const location = headerOf(head, "location");
  if (location !== "" && !mayBeSentTo(location, bytes)) return wrong(`sends somebody to ${location}`);
  if (status === 429 && !/^[1-9]\d*$/.test(headerOf(head, "retry-after"))) return wrong("429 without Retry-After");
  return undefined;
}

function judgeAnswer({ bytes, answers, head: headOnly }: HttpInput, { status, head, body }: HttpAnswer): Verdict {
  const pathname = targetOf(bytes)?.pathname ?? "";
  const contentType = headerOf(head, "content-type");
  const page = contentType.startsWith("text/html") ? judgePage(pathname, status, body.toString()) : undefined;
  if (page !== undefined) return page;
  if (status < 400) return status >= 200 ? taken : wrong(`status ${status}`);
  if (body.length === 0 && parserStatuses.has(status) && (answers !== "ours" || status === 413))
    return refused(`HTTP ${status}`);
  if (headOnly === true) return isOurFault(pathname, status) ? wrong(`status ${status}`) : refused(`HTTP ${status}`);
  if (contentType.startsWith("text/plain")) return judgePlain(status, body.toString());
  return judgeRefusal(pathname, status, body.toString());
}

function judgePlain(status: number, body: string): Verdict {
  if (!platformStatuses.has(status)) return wrong(`status ${status} as plain text`);
  if (body === "" || body.length > 200) return wrong(`status ${status} without a sentence`);
  return refused(`HTTP ${status}`);
}

export function judgeSocket(input: FramesInput, outcome: SocketOutcome): Verdict {
  const { status, contentType, body, frames } = outcome;
  if (status === 0)
    return input.wellFramed
      ? wrong(outcome.ended ? "ended without an answer" : "no answer")
      : refused("connection closed");
  if (status !== 101) return judgeNoUpgrade(input, status, contentType, body);
  for (const each of frames) {
    const fault = faultOf(input.protocol, each);
    if (fault !== undefined) return wrong(fault);
  }
  const close = frames.find(({ opcode }) => opcode === opcodes.close);
  if (close !== undefined) {
    const code = close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0);
    if (framingCloses.has(code) || !input.wellFramed) return refused(`close ${code}`);
    if (input.protocol === "native" && code in closeCodes) return refused(`close ${code}`);
    if (input.protocol === "overlay" && code in overlayCloseCodes) return refused(`close ${code}`);
    if (input.protocol === "donationalerts" && input.mayClose === true && isRightClose(code, reasonOf(close)))
      return refused(`close ${code}`);
    return wrong(`closed with ${code}`);
  }
  if (input.wellFramed && !outcome.answered)
    return wrong(outcome.ended ? "ended without a close" : "a ping was not answered");
  return taken;
}

function judgeNoUpgrade(input: FramesInput, status: number, contentType: string, body: string): Verdict {
  // A client must wait for the answer before it sends frames (RFC 6455, 4.1); where the handshake has to wait for its turn,
  // frames that came with it are read as another request.
  const mayBeMisread = !input.wellFramed || input.coalesced;
  if (body === "" && (status === 426 || (parserStatuses.has(status) && mayBeMisread))) return refused(`HTTP ${status}`);
  // A broken handshake may be an ordinary request.
  if (status === 200 && !input.wellFramed) return taken;
  const pathname = targetOf(Buffer.from(input.handshake))?.pathname ?? "";
  if (!contentType.startsWith("text/plain")) return judgeRefusal(pathname, status, body);
  if (input.wellFramed && input.protocol === "tuniform" && status === 401 && !tuniformTexts.has(body))
    return wrong(`401 with ${body}`);
  return judgePlain(status, body);
}

function reasonOf({ payload }: Frame): string {
  return payload.subarray(2).toString();
}

const controls: ReadonlySet<unknown> = new Set(["hello", "keepalive", "reset", "reconnect"]);

const overlayFrames: ReadonlySet<unknown> = new Set(
  "welcome settings sound show hide noted ping reconnect keepalive".split(" "),
);

/** What is wrong with a frame that the server sent. */
function faultOf(protocol: Protocol, { opcode, fin, rsv, masked, payload }: Frame): string | undefined {
  if (!fin || rsv !== 0 || masked) return "a frame of the server's is not as RFC 6455 wants it";
  if (opcode >= opcodes.close) return payload.length > 125 ? "a control frame of more than 125 bytes" : undefined;
  if (opcode !== opcodes.text) return `a frame with opcode ${opcode}`;
  const text = payload.toString();
  if (protocol === "pally" && text === "pong") return undefined;
  if (protocol === "donationalerts") {
    const reply = readReply(text);
    return "fault" in reply ? reply.fault : undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `a frame that is no JSON: ${text.slice(0, 100)}`;
  }
  // Any JSON at all may be the echo of what was sent.
  if (protocol === "pally") return undefined;
  const message = value as Record<string, unknown>;
  if (protocol === "native") {
    const known = message["kind"] === "event" || message["kind"] === "replay" || controls.has(message["type"]);
    return known ? undefined : `an unknown frame: ${text.slice(0, 100)}`;
  }
  if (protocol === "overlay")
    return overlayFrames.has(message["type"]) ? undefined : `an unknown frame: ${text.slice(0, 100)}`;
  if (message["type"] === "CONNECTED") return undefined;
  return tuniformKeys.every((key) => key in message) ? undefined : `an incomplete event: ${text.slice(0, 100)}`;
}
