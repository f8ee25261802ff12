import type { Clock } from "../../core/clock.ts";
import type { LoginAttempt, LoginOutcome, PlatformLogin } from "../../intake/platform-login.ts";
import type { OAuthClient } from "./oauth-client.ts";
import { DonationAlertsRest } from "./rest.ts";
import { tokensFrom, tokensText } from "./tokens.ts";

export interface DonationAlertsLoginParts {
  readonly oauth: OAuthClient;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Resolves when the application may send one more request. */
  readonly turn: () => Promise<void>;
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
    } catch {
      return { status: "failed" };
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
