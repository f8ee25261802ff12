import type { SourceEnd } from "../../intake/source.ts";

/** What an error or a close of the realtime server means to its client. `after`: milliseconds before another try. */
type Meaning =
  | { readonly status: "retry"; readonly why: string; readonly after?: number }
  | { readonly status: "stop"; readonly why: string };

const again = (why: string, after?: number): Meaning => ({
  status: "retry",
  why,
  ...(after !== undefined && { after }),
});
const useless = (why: string): Meaning => ({ status: "stop", why });

const aMinute = 60_000;

/**
 * Errors in replies, by code: Centrifugo's `errors.go`, 2.2.1 and, from 111 on, later ones. What concerns a token is worth
 * another try, since every connection asks for new ones.
 */
export const errorMeanings: Readonly<Record<number, Meaning>> = {
  100: again("internal server error"),
  101: again("unauthorized"),
  102: useless("it knows no such channel"),
  103: again("permission denied", aMinute),
  104: useless("it does not know the method"),
  105: again("already subscribed"),
  106: again("a limit is exceeded", aMinute),
  107: useless("it does not understand the request"),
  108: useless("it does not offer that"),
  109: again("the token has expired"),
  110: again("the connection has expired"),
  111: again("too many requests", aMinute),
  112: again("the position is lost"),
};

/**
 * Closes, by code: Centrifugo's `disconnect.go`, 2.2.1 and, from 3500 on, version 4's numbers of the same things. It says of
 * invalid tokens, stale connections and forced disconnects that coming back is useless: a token is another one each time,
 * and whether the access was taken back is told by the next request for it.
 */
export const closeMeanings: Readonly<Record<number, Meaning>> = {
  1002: useless("it does not understand WebSocket as we speak it"),
  1003: useless("it does not take text messages"),
  1008: again("policy violation", aMinute),
  1009: again("a message was too large"),
  3000: again("normal"),
  3001: again("shutdown"),
  3002: again("invalid token"),
  3003: useless("it does not understand the request"),
  3004: again("internal server error"),
  3005: again("the connection has expired"),
  3006: again("the subscription has expired"),
  3007: again("stale"),
  3008: again("slow"),
  3009: again("write error"),
  3010: again("insufficient state"),
  3011: again("force reconnect"),
  3012: again("force disconnect", 2000),
  3013: again("too many connections", aMinute),
  3500: again("invalid token"),
  3501: useless("it does not understand the request"),
  3502: again("stale"),
  3503: again("force disconnect", 2000),
  3504: again("too many connections", aMinute),
  3505: again("too many channels", aMinute),
  3506: useless("it speaks another version of the protocol"),
  3507: again("permission denied", aMinute),
};

/** What an error in a reply, to whatever was asked, makes of the run. */
export function endOfError(asked: string, code: number, message: string): SourceEnd {
  const meaning = errorMeanings[code] ?? again(shown(message) || "an unknown error");
  return ended(`DonationAlerts refused to ${asked}: ${meaning.why} (error ${code}).`, meaning);
}

/** What a close makes of the run. Where the code is unknown its reason may say whether to come back. */
export function endOfClose(code: number, reason: string): SourceEnd {
  const { text, reconnect } = readReason(reason);
  const unknown = reconnect ? again(text || "no reason given") : useless(text || "no reason given");
  const meaning = closeMeanings[code] ?? unknown;
  return ended(`DonationAlerts closed the connection: ${meaning.why} (code ${code}).`, meaning);
}

function ended(reason: string, meaning: Meaning): SourceEnd {
  if (meaning.status === "stop") return { status: "stop", reason };
  return { status: "retry", reason, ...(meaning.after !== undefined && { after: meaning.after }) };
}

/** `{"reason":"shutdown","reconnect":true}`; clients take any other text for one without `reconnect: false`. */
function readReason(reason: string): { readonly text: string; readonly reconnect: boolean } {
  try {
    const said = JSON.parse(reason) as { reason?: unknown; reconnect?: unknown } | null;
    return { text: shown(said?.reason), reconnect: said?.reconnect !== false };
  } catch {
    return { text: shown(reason), reconnect: true };
  }
}

/** Somebody else's text in a sentence of ours: one line, not long. */
function shown(text: unknown): string {
  return typeof text === "string"
    ? text
        .replaceAll(/\p{Cc}+/gu, " ")
        .trim()
        .slice(0, 100)
    : "";
}
