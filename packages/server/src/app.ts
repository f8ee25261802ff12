import { hostname } from "node:os";
import { version } from "../package.json";
import type { Credential } from "./access/credential.ts";
import type { Channel } from "./access/directory.ts";
import { Gate } from "./access/gate.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import type { Arrival } from "./core/event.ts";
import type { Note } from "./core/note.ts";
import type { Endpoint } from "./core/socket.ts";
import { startDonationAlerts } from "./donationalerts.ts";
import { accountRoutes } from "./http/api/accounts.ts";
import { channelRoutes } from "./http/api/channels.ts";
import { eventRoutes, type ImportRequest } from "./http/api/events.ts";
import { infoRoutes } from "./http/api/info.ts";
import { keyRoutes } from "./http/api/keys.ts";
import type { ApiRoom } from "./http/api/room.ts";
import { Callers } from "./http/caller.ts";
import type { Metrics } from "./http/metrics.ts";
import { type PageFiles, pageRoutes } from "./http/pages.ts";
import { type Route, Router } from "./http/router.ts";
import { HttpServer, type ServerOptions } from "./http/server.ts";
import type { Surroundings } from "./http/surroundings.ts";
import { upgradeOnlyRoutes } from "./http/upgrade-only.ts";
import { Importer, type LineReader } from "./intake/importer.ts";
import { ledgerProjection } from "./ledger/ledger.ts";
import type { Doorbell } from "./log/doorbell.ts";
import { Hub } from "./log/hub.ts";
import { NodeSession } from "./log/node-session.ts";
import { advancing, ProjectionRunner } from "./log/projection.ts";
import { decodeDonationAlerts, type Unsaid } from "./platforms/donationalerts/decode.ts";
import { GuideVoice } from "./platforms/donationalerts/guide-feed.ts";
import { decodeNewEvent } from "./platforms/native/decode.ts";
import { nativeEncoder } from "./platforms/native/encode.ts";
import { NativeFeed } from "./platforms/native/feed.ts";
import { exportReader } from "./platforms/native/restore.ts";
import type { NativeRoom } from "./platforms/native/room.ts";
import { decodePally } from "./platforms/pally/decode.ts";
import { pallyEndpoint } from "./platforms/pally/delivery.ts";
import { decodeTuniform, TuniformConnection } from "./platforms/tuniform/decode.ts";
import { tuniformEndpoint } from "./platforms/tuniform/delivery.ts";
import { startSources } from "./sources.ts";
import { startStages } from "./stages.ts";
import type { Store } from "./store/store.ts";

export interface AppOptions {
  readonly config: Config;
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  /** The built web pages. */
  readonly files: PageFiles;
  readonly note: Note;
  readonly metrics: Metrics;
  readonly surroundings?: Surroundings | undefined;
}

/** A running server. */
export interface App {
  readonly port: number;
  /** Where people's browsers find it, without a slash at the end. */
  readonly url: string;
  /** What it answers, and the protocols that it speaks. */
  readonly routes: readonly Route[];
  readonly endpoints: readonly Endpoint[];
  /** Says goodbye to every client in its protocol's words and closes everything but the store. */
  stop(): Promise<void>;
}

/** Wires everything together and listens. Several apps may share a store, each with its own connection to it. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, store, doorbell, clock, files, note, metrics, surroundings } = options;
  const { log, directory } = store;
  const hub = new Hub(log, doorbell, clock);
  const gate = new Gate(directory, doorbell, clock, await directory.accessVersion());
  const callers = new Callers(gate, directory);
  const projections = new ProjectionRunner([advancing(ledgerProjection, log, store.checkpoints)], doorbell, clock);
  const importer = new Importer(log, clock);

  const find = async (slug: string, credential: Credential) => {
    const channel = await callers.readable(slug, credential);
    const readable = channel !== undefined && (await gate.permits(credential, channel.id, "events:read"));
    return readable ? channel : undefined;
  };
  const native: NativeRoom = {
    gate,
    log,
    hub,
    clock,
    find,
    encoder: nativeEncoder(log.epoch),
    sessions: new Set(),
    limits: {
      keepaliveSeconds: config.keepalive,
      authSeconds: config.authSeconds,
      stallSeconds: config.stallSeconds,
      messagesPer10s: config.messagesPer10s,
      socketsPerKey: config.socketsPerKey,
    },
  };
  const feed = new NativeFeed(native);
  const { socketsPerKey, messagesPer10s } = config;
  const shared = { gate, directory, hub, log, clock, socketsPerKey, messagesPer10s };
  const { payinSystem } = config;
  const guide = (channel: Channel) => new GuideVoice(channel, payinSystem, log.epoch);
  const tuniform = tuniformEndpoint({ ...shared, feeds: { guide } });
  const publicUrl = () => url;
  const pally = pallyEndpoint({ ...shared, publicUrl });
  const room: ApiRoom = { callers, directory, log, totals: store.totals, clock, bodyBytes: config.bodyBytes };
  const donationAlerts = await startDonationAlerts({ config, store, room, gate, hub, publicUrl });
  const sources = startSources({ config, store, room, doorbell, metrics, note, publicUrl });
  const stages = await startStages({ config, store, room, doorbell, vault: sources.vault, files, publicUrl });
  const endpoints: readonly Endpoint[] = [feed, tuniform, pally, donationAlerts.endpoint, stages.endpoint];

  let stopping = false;
  const reading = {
    decode: decodeNewEvent,
    poll: feed.poll.bind(feed),
    stream: feed.stream.bind(feed),
  };
  const routes: readonly Route[] = [
    ...infoRoutes(room, {
      version,
      startedAt: clock.now(),
      sessions: () => sessions(),
      health: async () => (stopping ? { status: "stopping" } : store.probe()),
      metrics: () => metrics.text(),
    }),
    ...eventRoutes(room, reading, (channel, request) => {
      const arrival: Arrival = request.live ? "live" : "import";
      const open = () => lineReader(request, channel.slug, clock, sources.unsaid);
      return importer.take(channel.id, request.session, request.lines, arrival, open);
    }),
    ...channelRoutes(room),
    ...accountRoutes(room),
    ...keyRoutes(room),
    ...donationAlerts.routes,
    ...sources.routes,
    ...stages.routes,
    ...upgradeOnlyRoutes(),
    ...pageRoutes(files),
  ];

  const quiet = async () => {
    importer.stop();
    await projections.stop();
    await stages.stop();
    tuniform.stop();
    pally.stop();
    donationAlerts.stop();
    hub.stop();
    gate.stop();
  };
  const server = listen({
    hostnames: config.host === "localhost" ? ["127.0.0.1", "::1"] : [config.host],
    port: config.port,
    endpoints: surroundings === undefined ? endpoints : endpoints.map(surroundings.endpoint),
    router: new Router(
      surroundings === undefined
        ? routes
        : [...surroundings.routes({ files, directory, log }), ...routes.map(surroundings.route)],
    ),
    clock,
    trustedProxies: new Set(
      config.trustedProxies
        .split(",")
        .map((address) => address.trim())
        .filter(Boolean),
    ),
    frameBytes: config.frameBytes,
    stallSeconds: config.stallSeconds,
    upgrades: { burst: config.upgradeBurst, perSecond: config.upgradesPerSecond },
    failures: { burst: config.failureBurst, perSecond: config.failuresPerSecond },
    refused: (code) => metrics.refused(code),
    note,
  });
  if (!(server instanceof HttpServer)) {
    feed.shutdown();
    await quiet();
    throw server.fault;
  }
  const sessions = () => ({ ...Object.fromEntries(server.sockets), sse: feed.streams, poll: feed.polls });
  const url =
    config.publicUrl || `http://${config.host === "localhost" ? "localhost" : hostInUrl(config.host)}:${server.port}`;
  const node = new NodeSession({ sessions: store.nodeSessions, clock, name: `${hostname()}:${server.port}` });
  metrics.watch({
    sessions,
    fence: () => node.fence,
    followers: () => hub.followers(),
    followedChannels: () => hub.followedChannels,
    storeWell: () => store.health().status === "well",
    connections: () => sources.running(),
    now: () => clock.now(),
  });
  sources.run(node);
  stages.run(node);
  const unlisten = doorbell.listen((topic) => metrics.rang(topic));
  void projections.catchUp();

  return {
    port: server.port,
    url,
    routes,
    endpoints,
    async stop() {
      stopping = true;
      unlisten();
      const sourcesStopped = sources.stop();
      server.drain();
      feed.shutdown();
      // The goodbyes are on their way; a moment for the kernel to take them.
      await new Promise<void>((resolve) => clock.after(100, resolve));
      await server.stop();
      await sourcesStopped;
      await quiet();
      await node.stop();
    },
  };
}

/** The server, or why its address cannot be had. */
function listen(options: ServerOptions): HttpServer | { readonly fault: unknown } {
  try {
    return new HttpServer(options);
  } catch (fault) {
    return { fault };
  }
}

/** Reads the lines of a file of a platform. Without a word about whose events they are, they are `creator`'s, or this channel's. */
function lineReader({ format, creator }: ImportRequest, slug: string, clock: Clock, unsaid: Unsaid): LineReader {
  const userId = creator ?? slug;
  if (format === "jsonl") return exportReader(`import:${slug}`, () => clock.now());
  if (format === "tuniform") {
    const connection = new TuniformConnection({ userId });
    return (text) => decodeTuniform(text, connection);
  }
  if (format === "pally") return (text) => decodePally(text, { receivedAt: clock.now() });
  return (text) => decodeDonationAlerts(text, { receivedAt: clock.now(), userId, ...unsaid });
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
