import { type ErrorCode, errorSentence, errorStatus, Refused } from "../core/errors.ts";
import type { Refusal } from "../core/socket.ts";

export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}

/** A refusal as the address `path` words it: `{code, message, doc}` where it is our own. */
export function refusal(code: ErrorCode, message = errorSentence(code), retryAfter?: number, path = ""): Response {
  const response = json(bodyOf(code, message, path), statusOf(code, path));
  if (retryAfter !== undefined) response.headers.set("retry-after", String(retryAfter));
  if (code === "upgrade_needed") response.headers.set("upgrade", "websocket");
  return response;
}

/** What another protocol, which has words of its own, does not grant. */
export function notGranted({ status, contentType, body, retryAfter }: Refusal): Response {
  const headers = new Headers({ "content-type": contentType });
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  return new Response(body, { status, headers });
}

/** Seconds after which it may be tried again, where nobody counted them. */
const soon = 5;

/** What a fault looks like from outside: anything but a refusal is our own mistake, of which nothing is told. */
export function refusalOf(fault: unknown, path: string): Response {
  if (!(fault instanceof Refused)) return refusal("internal", undefined, undefined, path);
  const retryAfter = errorStatus(fault.code) === 429 ? soon : undefined;
  return refusal(fault.code, fault.message, retryAfter, path);
}

/** DonationAlerts' addresses answer in its shapes: RFC 6749's at `/oauth`, `{"message"}` at `/api/v1`. */
function bodyOf(code: ErrorCode, message: string, path: string): object {
  if (path.startsWith("/oauth/"))
    return { error: oauthErrors[statusOf(code, path)] ?? "invalid_request", error_description: message };
  if (!path.startsWith("/api/v1/")) return { code, message, doc: `docs/errors.md#${code}` };
  return { message: statusOf(code, path) === 401 ? "Unauthenticated." : message };
}

const oauthErrors: Readonly<Record<number, string>> = { 500: "server_error", 503: "temporarily_unavailable" };

function statusOf(code: ErrorCode, path: string): number {
  // A scope that is missing looks like a token that is: that is all that clients of DonationAlerts know.
  return code === "scope_missing" && path.startsWith("/api/v1/") ? 401 : errorStatus(code);
}
