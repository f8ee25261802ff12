import type { AcceptedAccess } from "./source-factory.ts";

/** One attempt of a browser to log in at a platform. */
export interface LoginAttempt {
  /** Where the platform sends the browser back to, as it is registered there. */
  readonly redirectUri: string;
  readonly state: string;
  /** PKCE's secret: RFC 7636. */
  readonly verifier: string;
}

/** What came of it. */
export type LoginOutcome =
  | { readonly status: "accepted"; readonly access: AcceptedAccess }
  /** The person said no. */
  | { readonly status: "denied" }
  | { readonly status: "mismatch" }
  | { readonly status: "no-code" }
  /** The platform does not accept the application or the code, or did not say whose the tokens are. */
  | { readonly status: "failed" }
  /** It was not reached, or asks for a pause. */
  | { readonly status: "unreached" };

/** A platform that is connected by logging in there, in a browser: OAuth 2.0's authorization code. */
export interface PlatformLogin {
  /** Where to send the browser. */
  begin(attempt: LoginAttempt): Promise<string>;
  /** `query`: what the browser came back with. */
  finish(query: URLSearchParams, attempt: LoginAttempt): Promise<LoginOutcome>;
}
