import type { Directory } from "../../access/directory.ts";
import { RequestParams } from "../params.ts";
import type { Route } from "../router.ts";
import type { BrowserSessions } from "./browser-session.ts";
import { linkSpentPage, page, refusalPage, signedInPage, signedOutPage, signInPage } from "./pages.ts";
import { type Words, wordsFor } from "./words.ts";

export interface SignInRoom {
  readonly sessions: BrowserSessions;
  readonly directory: Directory;
  /** Largest body, bytes. */
  readonly bodyBytes: number;
}

/** `/login`: whom this browser is signed in as, and the links that `tipwire login` prints. */
export function signInRoutes({ sessions, directory, bodyBytes }: SignInRoom): readonly Route[] {
  return [
    {
      method: "GET",
      pattern: "/login",
      async answer({ request }) {
        const words = wordsFor(request);
        const session = await sessions.of(request);
        const channel = session && (await directory.channel(session.person.channel));
        if (session === undefined || channel === undefined) return page(words, signedOutPage(words));
        return page(words, signedInPage(words, channel, session.formToken));
      },
    },
    {
      method: "GET",
      pattern: "/login/{link}",
      async answer({ request, path, url, handshake }) {
        const words = wordsFor(request);
        const person = await sessions.personOfLink(path["link"] ?? "");
        const channel = person && (await directory.channel(person.channel));
        if (channel !== undefined) return page(words, signInPage(words, channel, url.pathname));
        handshake.failed();
        return spent(words);
      },
    },
    {
      method: "POST",
      pattern: "/login/end",
      async answer({ request, url }) {
        const words = wordsFor(request);
        const session = await sessions.of(request);
        const params = await RequestParams.of(request, url, bodyBytes);
        if (session === undefined) return goTo("/login");
        if (sessions.isOwnForm(request, session, params.get("form_token"))) {
          return goTo("/login", await sessions.end(request));
        }
        return page(words, refusalPage(words.formOld, words.formOldWhy), { status: 403 });
      },
    },
    {
      method: "POST",
      pattern: "/login/{link}",
      async answer({ request, path, handshake }) {
        // Another site could sign a browser in as somebody whom its user does not know.
        const cookie = sessions.isOwnPage(request) ? await sessions.open(path["link"] ?? "") : undefined;
        if (cookie === undefined) {
          handshake.failed();
          return spent(wordsFor(request));
        }
        const wanted = sessions.remembered(request);
        return wanted === undefined ? goTo("/login", cookie) : goTo(wanted.address, cookie, wanted.forget);
      },
    },
  ];
}

function spent(words: Words): Response {
  return page(words, linkSpentPage(words), { status: 410 });
}

function goTo(location: string, ...cookies: readonly string[]): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
