import type { Endpoint } from "../core/socket.ts";
import type { Route } from "../http/router.ts";
import type { Inside, Surroundings } from "../http/surroundings.ts";
import { FaultyEndpoint } from "./faulty-endpoint.ts";
import { faultyRoute } from "./faulty-route.ts";
import { type SandboxRoom, sandboxRoutes } from "./routes.ts";
import { tuniformList } from "./tuniform-list.ts";

/** Our own protocol stays sound: it is how the sandbox itself is looked at. */
const platforms: ReadonlySet<string> = new Set(["donationalerts", "pally", "tuniform"]);

/** A server's addresses as a sandbox has them. */
export function sandboxSurroundings(room: SandboxRoom): Surroundings {
  const { misbehaviour } = room;
  return {
    routes: (inside: Inside) => [...sandboxRoutes(room, inside), tuniformList(inside, misbehaviour)],
    route: (own: Route) => (own.pattern === "/oauth/authorize" ? signedInHere(own) : faultyRoute(own, misbehaviour)),
    endpoint: (own: Endpoint) => (platforms.has(own.name) ? new FaultyEndpoint(own, misbehaviour) : own),
  };
}

/** Who is not signed in picks a creator instead of being sent to a terminal, and comes back by the same cookie. */
function signedInHere(own: Route): Route {
  return {
    ...own,
    async answer(visit) {
      const response = await own.answer(visit);
      if (response.status !== 401) return response;
      const headers = new Headers({ location: "/sandbox/sign-in", "cache-control": "no-store" });
      for (const cookie of response.headers.getSetCookie()) headers.append("set-cookie", cookie);
      return new Response(null, { status: 303, headers });
    },
  };
}
