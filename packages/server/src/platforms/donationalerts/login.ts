import type { Clock } from "../../core/clock.ts";
import type { Note } from "../../core/note.ts";
import type { LoginAttempt, LoginOutcome, PlatformLogin } from "../../intake/platform-login.ts";
import { Ended } from "./ended.ts";
import { NoTokens, type OAuthClient } from "./oauth-client.ts";
import { AskedToWait, DonationAlertsRest, NotPermitted } from "./rest.ts";
import { tokensFrom, tokensText } from "./tokens.ts";

export interface DonationAlertsLoginParts {
  readonly oauth: OAuthClient;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Resolves when the application may send one more request. */
  readonly turn: () => Promise<void>;
  readonly note: Note;
}

/** How a creator's account at DonationAlerts is connected: consent there, tokens, and the question whose they are. */
export class DonationAlertsLogin implements PlatformLogin {
  readonly #parts: DonationAlertsLoginParts;

  constructor(parts: DonationAlertsLoginParts) {
    this.#parts = parts;
  }

  begin(attempt: LoginAttempt): Promise<string> {
    return this.#parts.oauth.authorizationUrl(attempt);
  }

  async finish(query: URLSearchParams, attempt: LoginAttempt): Promise<LoginOutcome> {
    const answered = this.#parts.oauth.answered(query, attempt);
    if (answered.status !== "code") return { status: answered.status };
    try {
      return await this.#connected(answered.params, attempt);
    } catch (fault) {
      const status = failureOf(fault);
      this.#parts.note("warning", "a login gave no access", { platform: "donationalerts", why: whyOf(fault) });
      return { status };
    }
  }

  async #connected(params: URLSearchParams, attempt: LoginAttempt): Promise<LoginOutcome> {
    const { oauth, fetch, clock, turn } = this.#parts;
    await turn();
    const said = await oauth.exchange(params, attempt);
    const tokens = tokensFrom(said, clock.now(), { refresh: null, scopes: oauth.application.scopes });
    const { apiUrl } = oauth.application;
    // A token that is refused now will be refused again.
    const access = { access: async () => tokens.access, instead: async () => tokens.access };
    const { signal } = new AbortController();
    const rest = new DonationAlertsRest({ apiUrl, fetch, clock, tokens: access, turn, signal, heard: () => undefined });
    const { id, name } = await rest.user();
    return { status: "accepted", access: { account: id, name, secret: tokensText(tokens) } };
  }
}

/** Whether another try may help by itself. */
function failureOf(fault: unknown): "failed" | "unreached" {
  if (fault instanceof NoTokens) return fault.why === "unreachable" || fault.why === "busy" ? "unreached" : "failed";
  return fault instanceof AskedToWait || fault instanceof Ended ? "unreached" : "failed";
}

/** For the log: a word or a sentence without what was sent or received. */
function whyOf(fault: unknown): string {
  if (fault instanceof NoTokens) return fault.why;
  if (fault instanceof AskedToWait) return "busy";
  if (fault instanceof Ended) return fault.end.reason;
  return fault instanceof NotPermitted ? "the new access token is refused" : "odd";
}
