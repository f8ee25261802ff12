import { type ErrorCode, errorSentence, errorStatus, Refused } from "../core/errors.ts";

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

/** A refusal as our own API words it: `{code, message, doc}`. */
export function refusal(code: ErrorCode, message = errorSentence(code), retryAfter?: number): Response {
  const response = json({ code, message, doc: `docs/errors.md#${code}` }, errorStatus(code));
  if (retryAfter !== undefined) response.headers.set("retry-after", String(retryAfter));
  if (code === "upgrade_needed") response.headers.set("upgrade", "websocket");
  return response;
}

export function refusalOf(fault: unknown): Response | undefined {
  return fault instanceof Refused ? refusal(fault.code, fault.message) : undefined;
}
