import { type CloseCode, closeCodes } from "./wire.ts";

/**
 * What the server refused, or that it could not be reached. `code` is from the server's table of errors; besides those
 * `unreachable` (no answer came: `status` is 0) and `unexpected_answer` (something else than Tipwire answered).
 */
export class TipwireError extends Error {
  readonly code: string;
  /** A link to the page that explains the code, or `""`. */
  readonly doc: string;
  /** The HTTP status, or the close code of a WebSocket, or 0. */
  readonly status: number;
  /** Seconds after which another try makes sense, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(
    facts: { code: string; message: string; doc?: string; status: number; retryAfter?: number | undefined },
    options?: ErrorOptions,
  ) {
    super(facts.message, options);
    this.name = "TipwireError";
    this.code = facts.code;
    this.doc = facts.doc ?? "";
    this.status = facts.status;
    this.retryAfter = facts.retryAfter;
  }
}

/** The error that an HTTP answer tells of. Reads its body. */
export async function answerError(response: Response): Promise<TipwireError> {
  const { status } = response;
  const retryAfter = retryAfterSeconds(response.headers.get("retry-after"));
  const body = errorBody(await response.text().catch(() => ""));
  if (body !== undefined) return new TipwireError({ ...body, status, retryAfter });
  const message = `Something that is not Tipwire answered ${status}${response.statusText && ` ${response.statusText}`} at ${response.url}`;
  return new TipwireError({ code: "unexpected_answer", message, status, retryAfter });
}

export function unreachable(address: string, fault: unknown): TipwireError {
  const message = `No answer from ${new URL(address).origin}: ${reasonOf(fault)}`;
  return new TipwireError({ code: "unreachable", message, status: 0 }, { cause: fault });
}

/** The error that a close code from 4500 to 4999 tells of. */
export function closeError(code: number, reason: string): TipwireError {
  const known = code in closeCodes ? closeCodes[code as CloseCode] : `closed with code ${code}`;
  return new TipwireError({ code: closeNames[code] ?? "closed", message: reason || known, status: code });
}

/** The sentence of a fault; `fetch` hides it in the cause. */
export function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  return fault.cause instanceof Error && fault.cause.message !== "" ? fault.cause.message : fault.message;
}

const closeNames: Readonly<Record<number, string>> = {
  4500: "parameter_invalid",
  4501: "token_invalid",
  4502: "token_expired",
  4503: "token_revoked",
  4504: "channel_unknown",
  4505: "too_many_messages",
};

function errorBody(text: string): { code: string; message: string; doc: string } | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) return undefined;
    const { code, message, doc } = body as Record<string, unknown>;
    if (typeof code !== "string" || typeof message !== "string") return undefined;
    return { code, message, doc: typeof doc === "string" ? doc : "" };
  } catch {
    return undefined;
  }
}

/** `Retry-After` is a number of seconds, or a date. */
function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
