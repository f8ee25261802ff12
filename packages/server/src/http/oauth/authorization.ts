import type { Application, Applications } from "../../access/applications.ts";
import { type Challenge, isOAuthScope, type OAuthScope } from "../../access/grants.ts";
import type { RequestParams } from "../params.ts";

/** What an application asks of a person, checked: RFC 6749 sections 4.1.1 and 4.2.1, RFC 7636 section 4.3. */
export interface AuthorizationRequest {
  readonly application: Application;
  readonly redirectUri: string;
  /** As it came; `null` when none did, and the only registered one is used. */
  readonly givenUri: string | null;
  readonly responseType: "code" | "token";
  readonly scopes: readonly OAuthScope[];
  readonly challenge: Challenge | null;
  /** The application's own, echoed untouched; `null` when none came. */
  readonly state: string | null;
}

/** Where a request that was understood so far may be answered. */
export type ReturnAddress = Pick<AuthorizationRequest, "redirectUri" | "state"> & {
  readonly responseType: "code" | "token" | undefined;
};

export type Checked =
  | { readonly status: "asked"; readonly request: AuthorizationRequest }
  /** Told to the person alone: who knows where that address leads. */
  | { readonly status: "untrusted"; readonly reason: "application" | "address" | "repeated" }
  /** Told to the application. */
  | {
      readonly status: "refused";
      readonly to: ReturnAddress;
      readonly error: "invalid_request" | "unsupported_response_type" | "invalid_scope";
      readonly description: string;
    };

/** What may not come twice; `scope` may, since clients send it so. */
const single = ["client_id", "redirect_uri", "response_type", "state", "code_challenge", "code_challenge_method"];

export async function checkAuthorization(params: RequestParams, applications: Applications): Promise<Checked> {
  if (single.some((name) => params.all(name).length > 1)) return { status: "untrusted", reason: "repeated" };
  const application = await applicationOf(params.get("client_id"), applications);
  if (application === undefined) return { status: "untrusted", reason: "application" };
  const givenUri = params.get("redirect_uri") || null;
  const redirectUri = registered(application, givenUri);
  if (redirectUri === undefined) return { status: "untrusted", reason: "address" };

  const asked = params.get("response_type");
  const responseType = asked === "code" || asked === "token" ? asked : undefined;
  const state = params.get("state") ?? null;
  const to: ReturnAddress = { redirectUri, state, responseType };
  const refused = (error: (Checked & { status: "refused" })["error"], description: string): Checked => ({
    status: "refused",
    to,
    error,
    description,
  });
  if (asked === undefined) return refused("invalid_request", "response_type is missing.");
  if (responseType === undefined) return refused("unsupported_response_type", "response_type is code or token.");

  const words = params.all("scope").flatMap((each) => each.split(/[ ,]+/).filter(Boolean));
  const scopes = [...new Set(words)].filter(isOAuthScope);
  if (words.length === 0) return refused("invalid_scope", "scope is missing.");
  if (scopes.length < new Set(words).size)
    return refused("invalid_scope", "scope names something that is unknown here.");

  const challenge = challengeOf(params);
  if (challenge === undefined) return refused("invalid_request", "code_challenge is not of the form of RFC 7636.");
  return { status: "asked", request: { application, redirectUri, givenUri, responseType, scopes, challenge, state } };
}

/** The application that a client id names. */
export async function applicationOf(
  clientId: string | undefined,
  applications: Applications,
): Promise<Application | undefined> {
  return /^\d{1,15}$/.test(clientId ?? "") ? applications.application(Number(clientId)) : undefined;
}

/** The answer's address: in the query for a code, in the fragment for a token, as the request asked for it. */
export function answerAddress(to: ReturnAddress, answer: Readonly<Record<string, string>>): string {
  const all = new URLSearchParams({ ...answer, ...(to.state !== null && { state: to.state }) });
  if (to.responseType === "token") return `${to.redirectUri}#${all}`;
  return `${to.redirectUri}${to.redirectUri.includes("?") ? "&" : "?"}${all}`;
}

/** The address to the letter as it is registered; without one the only one that is. */
function registered({ redirectUris }: Application, given: string | null): string | undefined {
  if (given !== null) return redirectUris.find((uri) => uri === given);
  return redirectUris.length === 1 ? redirectUris[0] : undefined;
}

/** `undefined`: there is one, and it is wrong. */
function challengeOf(params: RequestParams): Challenge | null | undefined {
  const value = params.get("code_challenge");
  const method = params.get("code_challenge_method") ?? "plain";
  if (value === undefined) return null;
  if ((method !== "plain" && method !== "S256") || !/^[\w.~-]{43,128}$/.test(value)) return undefined;
  return { method, value };
}
