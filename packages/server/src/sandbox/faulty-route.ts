import { json, notGranted } from "../http/answers.ts";
import { RequestParams } from "../http/params.ts";
import type { Route, Visit } from "../http/router.ts";
import type { Misbehaviour } from "./misbehaviour.ts";
import { refusedAtTheDoor } from "./refusals.ts";

/** Largest body that is looked at, bytes. */
const bodyBytes = 65_536;

/** A platform's address with what goes wrong around it; the sandbox's own addresses stay as they are. */
export function faultyRoute(own: Route, misbehaviour: Misbehaviour): Route {
  if (own.pattern === "/oauth/token") return around(own, misbehaviour, tokens);
  if (own.pattern.startsWith("/api/v1/")) return around(own, misbehaviour, granted);
  // What Tuniform's fallback asks, by a stream token alone.
  if (own.pattern === "/v1/channels/{slug}/events" && own.method === "GET") return around(own, misbehaviour, polled);
  return own;
}

type Around = (own: Route, visit: Visit, misbehaviour: Misbehaviour) => Promise<Response>;

function around(own: Route, misbehaviour: Misbehaviour, answer: Around): Route {
  return { ...own, answer: (visit) => answer(own, visit, misbehaviour) };
}

/** Refreshes may be refused; when a token was issued is what it is expired by. */
async function tokens(own: Route, visit: Visit, misbehaviour: Misbehaviour): Promise<Response> {
  const refused = refusedAtTheDoor(misbehaviour);
  if (refused !== undefined) return notGranted(refused);
  const params = await RequestParams.of(visit.request.clone(), visit.url, bodyBytes);
  if (params.get("grant_type") === "refresh_token" && misbehaviour.happens("refuseRefresh")) {
    return json({ error: "invalid_grant", error_description: "The refresh token is invalid." }, 400);
  }
  const response = await own.answer(visit);
  if (response.ok) {
    const { access_token } = (await response.clone().json()) as { access_token: string };
    misbehaviour.issued(access_token);
  }
  return response;
}

async function granted(own: Route, visit: Visit, misbehaviour: Misbehaviour): Promise<Response> {
  const refused = refusedAtTheDoor(misbehaviour);
  if (refused !== undefined) return notGranted(refused);
  const token = /^Bearer +(\S+)/i.exec(visit.request.headers.get("authorization") ?? "")?.[1];
  if (token !== undefined && misbehaviour.isExpired(token)) return json({ message: "Unauthenticated." }, 401);
  return own.answer(visit);
}

async function polled(own: Route, visit: Visit, misbehaviour: Misbehaviour): Promise<Response> {
  const refused = visit.path["slug"] === "-" ? refusedAtTheDoor(misbehaviour) : undefined;
  return refused === undefined ? own.answer(visit) : notGranted(refused);
}
