import { Refused } from "../core/errors.ts";
import type { Handshake } from "../core/socket.ts";

/** A request on its way through our own API. */
export interface Visit {
  readonly request: Request;
  readonly url: URL;
  /** What the pattern's `{names}` stood for, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly handshake: Handshake;
  /** Whether it comes from this machine itself, through no proxy. */
  readonly isLocal: boolean;
  /**
   * Lets the connection stay quiet for as long as it takes (SSE, long poll). The answer's headers are then left as they are:
   * to look at them would cost each open stream a quarter of a KB.
   */
  keepOpen(): void;
}

export type Answer = (visit: Visit) => Promise<Response> | Response;

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/channels/{slug}`. */
  readonly pattern: string;
  readonly answer: Answer;
}

/** Finds who answers. Throws `Refused` when nobody does. */
export class Router {
  readonly #routes: { readonly route: Route; readonly match: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({
      route,
      match: new RegExp(`^${route.pattern.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
    }));
  }

  find(method: string, pathname: string): { readonly answer: Answer; readonly path: Readonly<Record<string, string>> } {
    let known = false;
    for (const { route, match } of this.#routes) {
      const found = match.exec(pathname);
      if (found === null) continue;
      known = true;
      if (route.method === method || (method === "HEAD" && route.method === "GET")) {
        return { answer: route.answer, path: decoded(found.groups) };
      }
    }
    throw new Refused(known ? "method_unknown" : "not_found");
  }
}

function decoded(groups: Record<string, string> | undefined): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(Object.entries(groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]));
  } catch {
    throw new Refused("not_found");
  }
}
