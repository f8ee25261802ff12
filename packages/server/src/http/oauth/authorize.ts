import type { Applications } from "../../access/applications.ts";
import type { Channel, Directory } from "../../access/directory.ts";
import type { Grants } from "../../access/grants.ts";
import { newSecret, sha256 } from "../../access/secrets.ts";
import type { Person } from "../../access/sign-ins.ts";
import type { TokenIssuer } from "../../access/token-issuer.ts";
import type { Clock } from "../../core/clock.ts";
import { RequestParams } from "../params.ts";
import type { Route, Visit } from "../router.ts";
import { type AuthorizationRequest, answerAddress, type Checked, checkAuthorization } from "./authorization.ts";
import type { BrowserSessions } from "./browser-session.ts";
import { consentPage, page, refusalPage, signInFirstPage } from "./pages.ts";
import { type Words, wordsFor } from "./words.ts";

/** What the OAuth server's addresses work with. */
export interface OAuthRoom {
  readonly applications: Applications;
  readonly grants: Grants;
  readonly directory: Directory;
  readonly sessions: BrowserSessions;
  readonly tokens: TokenIssuer;
  readonly clock: Clock;
  /** Largest body, bytes. */
  readonly bodyBytes: number;
}

/** How long a code may be exchanged; milliseconds. */
const codeLife = 600_000;

/** `/oauth/authorize`: an application sends a person here, who says yes or no and is sent back. */
export function authorizeRoutes(room: OAuthRoom): readonly Route[] {
  const { applications, grants, directory, sessions, tokens, clock, bodyBytes } = room;

  return [
    {
      method: "GET",
      pattern: "/oauth/authorize",
      async answer({ request, url }) {
        const words = wordsFor(request);
        const checked = await checkAuthorization(new RequestParams(url.searchParams), applications);
        if (checked.status !== "asked") return notAsked(checked, words);
        const session = await sessions.of(request);
        if (session === undefined) {
          const again = url.pathname + url.search;
          return page(words, signInFirstPage(words, again), { status: 401, cookies: [sessions.remember(again)] });
        }
        const channel = await owned(session.person);
        if (channel === undefined) return notYours(words);
        const formsLeadTo = formTarget(checked.request.redirectUri);
        return page(words, consentPage(words, checked.request, channel, session.formToken), { formsLeadTo });
      },
    },
    {
      method: "POST",
      pattern: "/oauth/authorize",
      async answer({ request, url }: Visit) {
        const words = wordsFor(request);
        const params = await RequestParams.of(request, url, bodyBytes);
        const checked = await checkAuthorization(params, applications);
        if (checked.status !== "asked") return notAsked(checked, words);
        const session = await sessions.of(request);
        if (session === undefined || !sessions.isOwnForm(request, session, params.get("form_token"))) {
          return page(words, refusalPage(words.formOld, words.formOldWhy), { status: 403 });
        }
        if (params.get("decision") !== "allow") {
          return sentBack(answerAddress(checked.request, { error: "access_denied" }));
        }
        if ((await owned(session.person)) === undefined) return notYours(words);
        return sentBack(answerAddress(checked.request, await allowed(checked.request, session.person)));
      },
    },
  ];

  /** The channel of a person who may give it away. */
  async function owned({ account, channel }: Person): Promise<Channel | undefined> {
    return (await directory.role(account, channel)) === "owner" ? directory.channel(channel) : undefined;
  }

  async function allowed(asked: AuthorizationRequest, person: Person): Promise<Record<string, string>> {
    const { scopes, givenUri, challenge, responseType } = asked;
    const grant = { ...person, application: asked.application.id, scopes };
    if (responseType === "token") {
      const { accessToken, expiresAt } = await tokens.issue(grant, false);
      const seconds = Math.round((expiresAt - clock.now()) / 1000);
      return { access_token: accessToken, token_type: "Bearer", expires_in: String(seconds) };
    }
    const code = newSecret("twc");
    const expiresAt = clock.now() + codeLife;
    await grants.keepCode({ ...grant, hash: sha256(code), redirectUri: givenUri, challenge, expiresAt });
    return { code };
  }
}

function notAsked(checked: Exclude<Checked, { readonly status: "asked" }>, words: Words): Response {
  if (checked.status === "refused") {
    const { error, description } = checked;
    return sentBack(answerAddress(checked.to, { error, error_description: description }));
  }
  const why = words.untrustedWhy[checked.reason];
  return page(words, refusalPage(words.untrusted, why, words.nothingGiven), { status: 400 });
}

function notYours(words: Words): Response {
  return page(words, refusalPage(words.notYours, words.notYoursWhy), { status: 403 });
}

function sentBack(location: string): Response {
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

/** An origin where the address has one, else its scheme. */
function formTarget(uri: string): string {
  const { origin, protocol } = new URL(uri);
  return origin === "null" ? protocol : origin;
}
