import type { Server } from "bun";
import type { Clock } from "../core/clock.ts";
import { Refused } from "../core/errors.ts";
import type { Note } from "../core/note.ts";
import type { Endpoint, Handshake } from "../core/socket.ts";
import { clientAddress, isLoopback } from "./address.ts";
import { notGranted, refusal, refusalOf } from "./answers.ts";
import { type Rate, RateLimit } from "./rate-limit.ts";
import type { Router } from "./router.ts";
import { ServerSocket } from "./server-socket.ts";
import { Turns } from "./turns.ts";

export interface ServerOptions {
  /** Addresses to listen on; the first one's port is taken by the others too. */
  readonly hostnames: readonly string[];
  /** 0: any that is free. */
  readonly port: number;
  readonly endpoints: readonly Endpoint[];
  readonly router: Router;
  readonly clock: Clock;
  readonly trustedProxies: ReadonlySet<string>;
  /** Largest inbound WebSocket message and largest body of a request that is not an import, bytes. */
  readonly frameBytes: number;
  /** Seconds without reading after which a client with something waiting is disconnected. */
  readonly stallSeconds: number;
  readonly upgrades: Rate;
  readonly failures: Rate;
  /** Told of every refusal: a code of ours, or the HTTP status of another protocol's. */
  readonly refused: (code: string) => void;
  readonly note: Note;
}

/** A turn with so many handshakes takes a few milliseconds. */
const requestsPerTurn = 32;

/** Bun's HTTP server with our endpoints and routes behind it. Nothing else in the product knows Bun's server. */
export class HttpServer {
  readonly port: number;
  readonly #options: ServerOptions;
  readonly #servers: Server<ServerSocket>[] = [];
  readonly #sockets = new Set<ServerSocket>();
  readonly #upgrades: RateLimit;
  readonly #failures: RateLimit;
  readonly #turns: Turns;
  /** Sockets that were full at the last look, and since when (milliseconds). */
  #full = new Map<ServerSocket, number>();
  readonly #stopLooking: () => void;
  #stopping = false;

  /** Throws what Bun throws when an address cannot be had (`code` EADDRINUSE, EACCES …). */
  constructor(options: ServerOptions) {
    this.#options = options;
    this.#upgrades = new RateLimit(options.upgrades, options.clock);
    this.#failures = new RateLimit(options.failures, options.clock);
    this.#turns = new Turns(options.clock, requestsPerTurn);
    let port = options.port;
    for (const hostname of options.hostnames) {
      try {
        this.#servers.push(this.#listen(hostname, port));
      } catch (fault) {
        // A machine without IPv6 is served on IPv4 alone.
        if (this.#servers.length > 0 && (fault as { code?: string }).code !== "EADDRINUSE") continue;
        for (const server of this.#servers) void server.stop(true);
        this.#upgrades.stop();
        this.#failures.stop();
        throw fault;
      }
      port = this.#servers[0]?.port ?? port;
    }
    this.port = port;
    this.#stopLooking = options.clock.every(1000, () => this.#endStalled());
  }

  /** Open sockets by protocol. */
  get sockets(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { protocol } of this.#sockets) counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
    return counts;
  }

  /** Accepts nobody new and lets every session say its protocol's goodbye. */
  drain(): void {
    this.#stopping = true;
    for (const socket of [...this.#sockets]) socket.shutdown();
  }

  /** Ends what is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopLooking();
    this.#upgrades.stop();
    this.#failures.stop();
    await Promise.all(this.#servers.map((server) => server.stop(true)));
  }

  #endStalled(): void {
    const now = this.#options.clock.now();
    const full = new Map<ServerSocket, number>();
    for (const socket of this.#sockets) {
      if (socket.isFull) full.set(socket, this.#full.get(socket) ?? now);
    }
    this.#full = full;
    for (const [socket, since] of full) {
      if (now - since <= this.#options.stallSeconds * 1000) continue;
      this.#options.note("info", "a client that read nothing was disconnected", { protocol: socket.protocol });
      socket.stalled();
    }
  }

  #listen(hostname: string, port: number): Server<ServerSocket> {
    const { frameBytes } = this.#options;
    return Bun.serve<ServerSocket>({
      hostname,
      port,
      // Each address says how much of a body it reads; Bun takes no more from the network than is read.
      maxRequestBodySize: 1024 * 1024 * 1024,
      fetch: (request, server) => {
        const turn = this.#turns.take();
        return turn === undefined ? this.#fetch(request, server) : turn.then(() => this.#fetch(request, server));
      },
      error: (fault) => {
        this.#options.refused("internal");
        this.#options.note("error", "a request failed", {}, fault);
        return refusal("internal");
      },
      websocket: {
        maxPayloadLength: frameBytes,
        backpressureLimit: 1024 * 1024,
        closeOnBackpressureLimit: true,
        // Longer than the 60 s after which Pally's clients ping; Bun pings by itself before it gives up.
        idleTimeout: 180,
        perMessageDeflate: false,
        open: (socket) => {
          this.#sockets.add(socket.data);
          socket.data.opened(socket);
        },
        message: (socket, message) => socket.data.received(message),
        drain: (socket) => socket.data.drained(),
        close: (socket, code, reason) => {
          this.#sockets.delete(socket.data);
          socket.data.ended(code, reason);
        },
      },
    });
  }

  async #fetch(request: Request, server: Server<ServerSocket>): Promise<Response | undefined> {
    const url = addressOf(request);
    if (url === undefined) {
      this.#options.refused("400");
      return new Response(null, { status: 400 });
    }
    try {
      const peer = server.requestIP(request)?.address ?? "";
      const handshake = this.#handshake(request, url, peer);
      const blocked = this.#failures.wait(handshake.limitedAs);
      if (blocked > 0 && presentsSecret(request, url)) return this.#tooMany("too_many_failures", blocked, url);
      const endpoint = asksForWebSocket(request)
        ? this.#options.endpoints.find((each) => each.matches(handshake))
        : undefined;
      if (endpoint !== undefined) return await this.#upgrade(request, url, server, endpoint, handshake);
      if (request.method === "OPTIONS" && isApi(url)) return preflight();
      const { answer, path } = this.#options.router.find(request.method, url.pathname);
      const isLocal = handshake.limitedAs === "";
      let isKeptOpen = false;
      const keepOpen = () => {
        isKeptOpen = true;
        server.timeout(request, 0);
      };
      const response = await answer({ request, url, path, handshake, isLocal, keepOpen });
      return isKeptOpen ? response : fromAnywhere(url, response);
    } catch (fault) {
      this.#options.refused(fault instanceof Refused ? fault.code : "internal");
      if (!(fault instanceof Refused)) this.#options.note("error", "a request failed", {}, fault);
      return fromAnywhere(url, refusalOf(fault, url.pathname));
    }
  }

  async #upgrade(
    request: Request,
    url: URL,
    server: Server<ServerSocket>,
    endpoint: Endpoint,
    handshake: LimitedHandshake,
  ): Promise<Response | undefined> {
    if (this.#stopping) throw new Refused("shutting_down");
    const wait = this.#upgrades.wait(handshake.limitedAs);
    if (wait > 0) return this.#tooMany("too_many_connections", wait, url);
    if (handshake.limitedAs !== "") this.#upgrades.spend(handshake.limitedAs);
    const serve = await endpoint.authorize(handshake);
    if (typeof serve !== "function") {
      this.#options.refused(String(serve.status));
      if (serve.unauthenticated === true) handshake.failed();
      return notGranted(serve);
    }
    if (server.upgrade(request, { data: new ServerSocket(endpoint.name, serve) })) return undefined;
    throw new Refused("upgrade_needed", "This is not a WebSocket handshake that can be answered.");
  }

  #tooMany(code: "too_many_failures" | "too_many_connections", seconds: number, { pathname }: URL): Response {
    this.#options.refused(code);
    return refusal(code, undefined, seconds, pathname);
  }

  #handshake(request: Request, url: URL, peer: string): LimitedHandshake {
    const forwarded = request.headers.get("x-forwarded-for");
    const address = clientAddress(peer, forwarded, this.#options.trustedProxies);
    const exempt = isLoopback(peer) && forwarded === null;
    const limitedAs = exempt ? "" : address;
    const failures = this.#failures;
    const { note } = this.#options;
    return {
      path: url.pathname,
      query: url.searchParams,
      limitedAs,
      header: (name) => request.headers.get(name),
      failed() {
        note("warning", "somebody failed to sign in", { address, path: shownPath(url) });
        if (limitedAs !== "") failures.spend(limitedAs);
      },
    };
  }
}

interface LimitedHandshake extends Handshake {
  /** The address that limits count; "" for this machine itself, which none counts. */
  readonly limitedAs: string;
}

/** The address that a request asks for; `undefined` when its Host is none. HTTP/1.0 gets along without one. */
function addressOf(request: Request): URL | undefined {
  const host = request.headers.get("host");
  // Bun gives the path alone where it could not make an address of it and the Host.
  const whole = request.url.startsWith("/") && !host ? `http://localhost${request.url}` : request.url;
  return host?.includes(",") ? undefined : (URL.parse(whole) ?? undefined);
}

/** Bun itself looks at neither, and a proxy that takes `Upgrade` for an end-to-end header must not open a tunnel. */
function asksForWebSocket(request: Request): boolean {
  return lists(request, "upgrade", "websocket") && lists(request, "connection", "upgrade");
}

function lists(request: Request, header: string, word: string): boolean {
  const words = (request.headers.get(header) ?? "").toLowerCase().split(",");
  return words.some((each) => each.trim() === word);
}

const pathWords: ReadonlySet<string> = new Set(
  " v1 channels events import replay token members accounts keys me server metrics ws api oauth authorize login connection websocket user alerts donations custom_alert centrifuge subscribe overlay feed overlays stages control settings publish receipts audit do rotate media auth donationalerts callback logout status".split(
    " ",
  ),
);

/** The address without what a client may have put into it: people paste keys where slugs belong. */
function shownPath(url: URL): string {
  const parts = url.pathname.split("/");
  return parts.map((part) => (pathWords.has(part) ? part : "…")).join("/");
}

function isApi(url: URL): boolean {
  return /^\/(api\/)?v1\//.test(url.pathname);
}

/** Pages of any origin may use these: they go by an explicit key or token, never by a cookie. */
function fromAnywhere(url: URL, response: Response): Response {
  if (isApi(url)) response.headers.set("access-control-allow-origin", "*");
  return response;
}

function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id, x-requested-with",
      "access-control-max-age": "86400",
    },
  });
}

function presentsSecret(request: Request, url: URL): boolean {
  return (
    request.headers.has("authorization") ||
    url.searchParams.has("token") ||
    url.searchParams.has("auth") ||
    /^\/(oauth\/token$|login\/|connection\/websocket$|overlay\/feed$|v1\/do\/)/.test(url.pathname)
  );
}
