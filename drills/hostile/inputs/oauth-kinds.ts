import type { Random } from "../../../packages/server/test/random.ts";
import type { Session } from "../granted.ts";
import { mutateText, pick } from "../mutate.ts";
import type { World } from "../world.ts";
import { inPath, reading } from "./administering.ts";
import type { HttpInput, Kind } from "./input.ts";
import { headerText, mutatedQuery, type Pairs } from "./mutated-request.ts";
import { postWithParams } from "./params.ts";
import { type Headers, request } from "./request.ts";

/** The OAuth server: people who sign in and consent, and applications that exchange what they got. */
export const oauthKinds: readonly Kind[] = [
  {
    name: "authorize: page",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const { authorization, session } = world.granted;
      const query = mutatedQuery(random, authorization);
      const headers: Headers = [...signedIn(random, session), ["Accept-Language", random.chance(0.5) ? "ru" : "en"]];
      const bytes = request("GET", `/oauth/authorize?${query}`, null, undefined, headers);
      return { via: "http", bytes, answers: "runtime" };
    },
  },
  {
    name: "authorize: consent",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const { authorization, session } = world.granted;
      const form: Pairs = [...authorization, ["form_token", session.formToken], ["decision", "allow"]];
      return postWithParams(random, "/oauth/authorize", null, form, signedIn(random, session));
    },
  },
  {
    name: "token: by a code",
    authenticated: true,
    share: 15,
    make: (world, random) => {
      const { code, verifier } = world.granted.codes.take();
      const redirectUri = world.granted.authorization.find(([name]) => name === "redirect_uri")?.[1] ?? "";
      return tokenRequest(world, random, [
        ["grant_type", "authorization_code"],
        ["code", code],
        ["redirect_uri", redirectUri],
        ["code_verifier", verifier],
      ]);
    },
  },
  {
    name: "token: by a refresh token",
    authenticated: true,
    share: 15,
    make: (world, random) =>
      tokenRequest(world, random, [
        ["grant_type", "refresh_token"],
        ["refresh_token", world.granted.refreshTokens.take()],
        ["scope", "oauth-user-show"],
      ]),
  },
  {
    name: "sign-in: pages",
    authenticated: true,
    share: 6,
    make: reading(
      (world, random) => (random.chance(0.5) ? "/login" : inPath(random, world.granted.links.take())),
      () => null,
      [["form_token", "x"]],
      (world, random) => signedIn(random, world.granted.session),
    ),
  },
  {
    name: "sign-in: by a link",
    authenticated: true,
    share: 5,
    make: (world, random) => {
      const site: Headers = [["Sec-Fetch-Site", random.chance(0.8) ? "same-origin" : headerText(random)]];
      const wanted = `tipwire_return_${world.port}=${encodeURIComponent(`/oauth/authorize?${mutatedQuery(random, world.granted.authorization)}`)}`;
      const cookie = random.chance(0.5) ? wanted : mutateText(random, wanted).replaceAll(/[\r\n\0]/g, "");
      return postWithParams(
        random,
        inPath(random, world.granted.links.take()),
        null,
        [],
        [...site, ["Cookie", cookie]],
      );
    },
  },
  {
    name: "sign-in: end",
    authenticated: true,
    share: 5,
    make: (world, random) => {
      const session = world.granted.sessions.take();
      const form: Pairs = [["form_token", session.formToken]];
      return postWithParams(random, "/login/end", null, form, signedIn(random, session));
    },
  },
];

/** The browser's cookie, beside others and mostly as it should be. */
export function signedIn(random: Random, { cookie }: Session): Headers {
  const value = random.chance(0.85) ? cookie : mutateText(random, cookie).replaceAll(/[\r\n\0]/g, "");
  return [["Cookie", random.chance(0.5) ? value : `other=1; ${value}; ${cookie.slice(0, 12)}=`]];
}

/** The application proves who it is by parameters or by HTTP's Basic, and not always well. */
function tokenRequest({ granted }: World, random: Random, pairs: Pairs): HttpInput {
  const { clientId, clientSecret } = granted.application;
  if (random.chance(0.5)) {
    const own: Pairs = [
      ["client_id", clientId],
      ["client_secret", clientSecret],
    ];
    return postWithParams(random, "/oauth/token", null, [...own, ...pairs]);
  }
  const credentials = `${clientId}:${clientSecret}`;
  const given = random.chance(0.8) ? credentials : mutateText(random, credentials);
  const encoded = Buffer.from(given).toString("base64");
  const scheme = pick(random, ["Basic", "Basic", "Basic", "basic", "Basic ", "Bearer"]);
  return postWithParams(random, "/oauth/token", null, pairs, [["Authorization", `${scheme} ${encoded}`]]);
}
