import type { Clock } from "../../core/clock.ts";
import type { Dial } from "../../intake/dial.ts";
import { elementTexts, memberText } from "../../intake/exact-json.ts";
import { type Fields, fieldsOf, integerOf, textOf } from "../../intake/fields.ts";
import type { SourceEnd } from "../../intake/source.ts";
import { retry } from "./ended.ts";
import { openLine, type RealtimeLine } from "./realtime-line.ts";

/** A place in the channel's stream, from which the server can send what was missed. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
  readonly gen: number;
}

export interface RealtimeParts {
  readonly url: string;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The channel: "$alerts:donation_13907608". */
  readonly channel: string;
  /** Where the last subscription stood, if it could be recovered from there. */
  readonly from: Position | undefined;
  /** Tokens, new ones for each connection and each time that one expires. */
  connectionToken(): Promise<string>;
  subscriptionToken(client: string): Promise<string>;
  heard(): void;
  /** A message that carries something, with the position after it, where there is one. */
  received(text: string, at: Position | undefined): void;
}

/** A subscription that the server confirmed. */
export interface Subscribed {
  /** What was missed since `from`, as messages, oldest first. */
  readonly missed: readonly string[];
  /** Whether nothing else was missed since `from`. */
  readonly recovered: boolean;
  /** Where the subscription began; `undefined`: the server offers no recovery. */
  readonly at: Position | undefined;
  /** Resolves when the connection is over: why. */
  readonly ended: Promise<SourceEnd>;
  /** Lets through what was pushed since, and is from now on. */
  start(): void;
  close(): void;
}

/** So long before a token expires another one is sent, milliseconds; less where it lives shorter. */
const ahead = 30_000;

/**
 * Connects to the realtime server and subscribes: DonationAlerts' documentation, "Centrifugo Channels", in the order that it
 * gives. Resolves when the subscription is confirmed, by its reply or by the join push that is documented. Throws `Ended`.
 */
export async function subscribe(parts: RealtimeParts): Promise<Subscribed> {
  const listening = new Listening(parts);
  const token = await parts.connectionToken();
  const line = await openLine(parts, listening);
  try {
    return await listening.subscribe(line, token);
  } catch (fault) {
    line.close("The subscription failed.");
    throw fault;
  }
}

class Listening {
  readonly #parts: RealtimeParts;
  #client = "";
  #epoch = "";
  #isSubscribing = false;
  /** What came before `start`. */
  #held: (() => void)[] | undefined = [];
  #line: RealtimeLine | undefined;

  constructor(parts: RealtimeParts) {
    this.#parts = parts;
  }

  heard(): void {
    this.#parts.heard();
  }

  async subscribe(line: RealtimeLine, token: string): Promise<Subscribed> {
    const { channel, from } = this.#parts;
    this.#line = line;
    const connected = (await line.ask("connect", { token }, "connect")).result;
    this.#client = textOf(connected["client"]);
    if (this.#client === "") throw retry("DonationAlerts' realtime server did not say who we are.", 60_000);
    this.#renewConnection(line, connected);

    const permission = { channel, token: await this.#parts.subscriptionToken(this.#client) };
    const recover = from && { recover: true, seq: from.seq, ...(from.gen > 0 && { gen: from.gen }), epoch: from.epoch };
    this.#isSubscribing = true;
    const { result, text } = await line.ask("subscribe", { ...permission, ...recover }, "subscribe");
    this.#isSubscribing = false;
    this.#renewSubscription(line, result);
    this.#epoch = result["recoverable"] === true ? textOf(result["epoch"]) : "";
    return {
      missed: publicationsOf(text, channel),
      recovered: result["recovered"] === true,
      at: this.#positionOf({ seq: 0, ...result }),
      ended: line.ended,
      start: () => {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const receive of held) receive();
      },
      close: () => line.close("It was stopped."),
    };
  }

  said(message: Fields | undefined, text: string): void {
    const result = fieldsOf(message?.["result"]);
    switch (integerOf(result?.["type"]) ?? 0) {
      case 1: {
        const { client } = fieldsOf(fieldsOf(result?.["data"])?.["info"]) ?? {};
        if (this.#isSubscribing && client === this.#client) this.#line?.oldestIsDone();
        return;
      }
      case 2:
        return;
      case 3:
        this.#line?.close("DonationAlerts ended the subscription.");
        return;
      case 7:
        this.#line?.close("DonationAlerts ends the connection.");
        return;
      default:
        this.#receive(() => this.#parts.received(text, this.#positionOf(fieldsOf(result?.["data"]) ?? {})));
    }
  }

  #receive(receive: () => void): void {
    if (this.#held === undefined) receive();
    else this.#held.push(receive);
  }

  #positionOf({ seq, gen }: Fields): Position | undefined {
    const at = integerOf(seq);
    return this.#epoch === "" || at === undefined
      ? undefined
      : { epoch: this.#epoch, seq: at, gen: integerOf(gen) ?? 0 };
  }

  #renewConnection(line: RealtimeLine, of: Fields): void {
    this.#renew(of, async () => {
      const token = await this.#parts.connectionToken();
      this.#renewConnection(line, (await line.ask("refresh", { token }, "go on with a new token")).result);
    });
  }

  #renewSubscription(line: RealtimeLine, of: Fields): void {
    const { channel } = this.#parts;
    this.#renew(of, async () => {
      const token = await this.#parts.subscriptionToken(this.#client);
      const { result } = await line.ask("sub_refresh", { channel, token }, "go on with a new subscription token");
      this.#renewSubscription(line, result);
    });
  }

  /** Before `expires` and `ttl` (seconds) are over; where it fails the server ends the connection, and a new one begins. */
  #renew({ expires, ttl }: Fields, renew: () => Promise<void>): void {
    const life = (integerOf(ttl) ?? 0) * 1000;
    if (expires !== true || life === 0) return;
    const cancel = this.#parts.clock.after(life - Math.min(ahead, life / 2), () => {
      renew().catch(() => undefined);
    });
    void this.#line?.ended.then(cancel);
  }
}

/** The publications in a subscribe reply, as if each had been pushed. Without `offset`s the newest is the first. */
function publicationsOf(reply: string, channel: string): readonly string[] {
  const texts = elementTexts(memberText(memberText(reply, "result") ?? "{}", "publications") ?? "[]");
  const name = JSON.stringify(channel);
  const pushes = texts.map((text) => `{"result":{"channel":${name},"data":${text}}}`);
  return texts.some((text) => memberText(text, "offset") !== undefined) ? pushes : pushes.reverse();
}
