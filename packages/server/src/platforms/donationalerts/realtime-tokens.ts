import { createHmac, timingSafeEqual } from "node:crypto";

/** What the socket's first command proves: whose connection it is, by which grant. */
export interface ConnectionClaims {
  /** The user's id, as text: clients read their channel's name out of it. */
  readonly sub: string;
  readonly grant: number;
}

/** What permits one connection to subscribe to one channel. */
export interface SubscriptionClaims {
  readonly client: string;
  readonly channel: string;
  readonly grant: number;
}

/** `exp`: seconds since 1970; absent where the token does not expire. */
export type Verified<Claims> = Claims & { readonly exp?: number };

/** "expired": its signature is good. */
export type Verdict<Claims> = Verified<Claims> | "expired" | "invalid";

/** The JSON Web Tokens of the realtime server: HS256 as Centrifugo takes them, by a key that all nodes share. */
export class RealtimeTokens {
  readonly #key: Buffer;
  readonly #now: () => number;

  /** `key`: hex. `now`: milliseconds since 1970. */
  constructor(key: string, now: () => number) {
    this.#key = Buffer.from(key, "hex");
    this.#now = now;
  }

  /** `seconds`: how long it is good; 0: for ever. */
  sign(claims: ConnectionClaims | SubscriptionClaims, seconds: number): string {
    const exp = seconds > 0 ? { exp: this.nowSeconds() + seconds } : {};
    const signed = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded({ ...claims, ...exp })}`;
    return `${signed}.${this.#mac(signed).toString("base64url")}`;
  }

  connection(token: string): Verdict<ConnectionClaims> {
    return this.#verified(token, ({ sub, grant }) =>
      typeof sub === "string" && typeof grant === "number" ? { sub, grant } : undefined,
    );
  }

  subscription(token: string): Verdict<SubscriptionClaims> {
    return this.#verified(token, ({ client, channel, grant }) =>
      typeof client === "string" && typeof channel === "string" && typeof grant === "number"
        ? { client, channel, grant }
        : undefined,
    );
  }

  nowSeconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  #verified<Claims extends object>(
    token: string,
    read: (claims: Record<string, unknown>) => Claims | undefined,
  ): Verdict<Claims> {
    const [head = "", body = "", mac = "", ...more] = token.split(".");
    const given = Buffer.from(mac, "base64url");
    const wanted = this.#mac(`${head}.${body}`);
    if (more.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return "invalid";
    // What we signed is what we wrote: its form needs no further look.
    const payload = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
    const claims = read(payload);
    if (claims === undefined) return "invalid";
    const exp = payload["exp"] as number | undefined;
    if (exp === undefined) return claims;
    return this.nowSeconds() > exp ? "expired" : { ...claims, exp };
  }

  #mac(text: string): Buffer {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
