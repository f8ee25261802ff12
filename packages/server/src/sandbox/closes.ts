/** A close that a platform is known to send, or that a network makes of one. */
export interface KnownClose {
  readonly code: number;
  readonly reason: string;
  readonly means: string;
}

/** Centrifugo 2's from its `disconnect.go`; the others from the pages of Pally and Tuniform and from RFC 6455. */
export const knownCloses: readonly KnownClose[] = [
  { code: 1000, reason: "", means: "closed normally" },
  { code: 1001, reason: "", means: "going away" },
  { code: 1006, reason: "", means: "the connection breaks" },
  { code: 1008, reason: "policy", means: "coming back is useless" },
  { code: 1011, reason: "", means: "internal error" },
  { code: 1012, reason: "", means: "restart" },
  { code: 1013, reason: "", means: "try again later" },
  { code: 3000, reason: centrifugo("normal", true), means: "Centrifugo: normal" },
  { code: 3001, reason: centrifugo("shutdown", true), means: "Centrifugo: shutdown" },
  { code: 3002, reason: centrifugo("invalid token", false), means: "Centrifugo: invalid token" },
  { code: 3003, reason: centrifugo("bad request", false), means: "Centrifugo: bad request" },
  { code: 3004, reason: centrifugo("internal server error", true), means: "Centrifugo: internal server error" },
  { code: 3005, reason: centrifugo("expired", true), means: "Centrifugo: expired" },
  { code: 3006, reason: centrifugo("subscription expired", true), means: "Centrifugo: subscription expired" },
  { code: 3007, reason: centrifugo("stale", false), means: "Centrifugo: stale" },
  { code: 3008, reason: centrifugo("slow", true), means: "Centrifugo: slow" },
  { code: 3009, reason: centrifugo("write error", true), means: "Centrifugo: write error" },
  { code: 3010, reason: centrifugo("insufficient state", true), means: "Centrifugo: insufficient state" },
  { code: 3011, reason: centrifugo("force reconnect", true), means: "Centrifugo: force reconnect" },
  { code: 3012, reason: centrifugo("force disconnect", false), means: "Centrifugo: force disconnect" },
  { code: 4000, reason: "", means: "Pally: the key is not good any more" },
];

export function reasonOf(code: number): string {
  return knownCloses.find((each) => each.code === code)?.reason ?? "";
}

function centrifugo(reason: string, reconnect: boolean): string {
  return JSON.stringify({ reason, reconnect });
}
