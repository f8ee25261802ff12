import type { Clock } from "../../core/clock.ts";
import { fieldsOf, identityOf, integerOf, textOf } from "../../intake/fields.ts";
import { needsAuthorization, retry } from "./ended.ts";
import { parseJson } from "./json-stream.ts";
import { retryAfter } from "./oauth-client.ts";

/** A token that works for a request, and another one where it did not. */
export interface Access {
  access(): Promise<string>;
  instead(refused: string): Promise<string>;
}

export interface RestParts {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly tokens: Access;
  /** Resolves when the application may send one more request. */
  readonly turn: () => Promise<void>;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** An answer came, whatever it says. */
  readonly heard: () => void;
}

export interface DonationAlertsAccount {
  readonly id: string;
  readonly name: string;
  /** "socket_connection_token". */
  readonly connectionToken: string;
}

/** A page of donations, newest first. */
export interface DonationPage {
  readonly text: string;
  /** Of each donation; `undefined` of one that says none. */
  readonly ids: readonly (number | undefined)[];
  readonly isLast: boolean;
  /** How many there are in all, and on a page; `undefined` where the answer does not say. */
  readonly total: number | undefined;
  readonly perPage: number;
}

/** The token is refused, and a new one is too. */
export class NotPermitted extends Error {}

/** The platform wants fewer requests; `after`: milliseconds. */
export class AskedToWait extends Error {
  readonly after: number;

  constructor(after: number) {
    super("429");
    this.after = after;
  }
}

/** How long an answer may take, milliseconds. */
const patience = 30_000;

/** DonationAlerts' REST addresses, asked with one creator's tokens. Throws `Ended`, `NotPermitted`, `AskedToWait`. */
export class DonationAlertsRest {
  readonly #parts: RestParts;

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  async user(): Promise<DonationAlertsAccount> {
    const data = fieldsOf(fieldsOf(parseJson(await this.#ask("GET", "/user/oauth")))?.["data"]);
    const id = identityOf(data?.["id"]);
    const connectionToken = textOf(data?.["socket_connection_token"]);
    if (id === undefined || !/^\d{1,20}$/.test(id) || connectionToken === "") throw odd("/user/oauth");
    return { id, name: textOf(data?.["name"]) || textOf(data?.["code"]), connectionToken };
  }

  /** The token with which `client` may subscribe to a private channel; `undefined`: it may not. */
  async subscriptionToken(client: string, channel: string): Promise<string | undefined> {
    const said = fieldsOf(parseJson(await this.#ask("POST", "/centrifuge/subscribe", { client, channels: [channel] })));
    const channels = said?.["channels"];
    if (!Array.isArray(channels)) throw odd("/centrifuge/subscribe");
    const own = channels.map(fieldsOf).find((each) => each?.["channel"] === channel);
    return textOf(own?.["token"]) || undefined;
  }

  /** `page`: from 1, the newest. */
  async donations(page: number): Promise<DonationPage> {
    const text = await this.#ask("GET", `/alerts/donations?page=${page}`);
    const said = fieldsOf(parseJson(text));
    const donations = said?.["data"];
    if (!Array.isArray(donations)) throw odd("/alerts/donations");
    const meta = fieldsOf(said?.["meta"]);
    const lastPage = integerOf(meta?.["last_page"]);
    return {
      text,
      ids: donations.map((each) => integerOf(fieldsOf(each)?.["id"])),
      isLast: donations.length === 0 || (lastPage !== undefined && page >= lastPage),
      total: integerOf(meta?.["total"]),
      perPage: integerOf(meta?.["per_page"]) || 30,
    };
  }

  async #ask(method: "GET" | "POST", path: string, body?: object): Promise<string> {
    const { tokens } = this.#parts;
    const token = await tokens.access();
    const first = await this.#send(method, path, token, body);
    if (first.status !== 401) return textFrom(first, path);
    const second = await this.#send(method, path, await tokens.instead(token), body);
    if (second.status === 401) throw new NotPermitted(path);
    return textFrom(second, path);
  }

  async #send(method: string, path: string, token: string, body?: object): Promise<Received> {
    const { apiUrl, fetch, clock, turn, signal, heard } = this.#parts;
    await turn();
    const tooLong = new AbortController();
    const inTime = clock.after(patience, () => tooLong.abort());
    try {
      const response = await fetch(apiUrl + path, {
        method,
        headers: {
          accept: "application/json",
          authorization: `Bearer ${token}`,
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
        redirect: "manual",
        signal: AbortSignal.any([signal, tooLong.signal]),
      });
      heard();
      return { status: response.status, text: await response.text(), after: retryAfter(response, clock.now()) };
    } catch {
      throw retry(`DonationAlerts could not be reached (${path}).`);
    } finally {
      inTime();
    }
  }
}

interface Received {
  readonly status: number;
  readonly text: string;
  readonly after: number | undefined;
}

function textFrom({ status, text, after }: Received, path: string): string {
  if (status === 429) throw new AskedToWait(after ?? 60_000);
  if (status >= 200 && status < 300) return text;
  throw retry(`DonationAlerts answered ${status} (${path}).`);
}

function odd(path: string): Error {
  return retry(`DonationAlerts answered with something else than it documents (${path}).`, 60_000);
}

/** What the absence of a permission means where nothing works without it. */
export function notGranted(scope: string): Error {
  return needsAuthorization(`The login does not include ${scope}. Log in to DonationAlerts again, and allow it.`);
}
