import { createHash } from "node:crypto";
import { version } from "../package.json";
import type { Config } from "./config.ts";
import { Refused } from "./core/errors.ts";
import type { Endpoint } from "./core/socket.ts";
import type { Vault } from "./core/vault.ts";
import { mediaRoutes } from "./http/api/media.ts";
import { overlayRoutes } from "./http/api/overlays.ts";
import type { ApiRoom } from "./http/api/room.ts";
import { stageActionRoutes } from "./http/api/stage-actions.ts";
import type { StageRoom } from "./http/api/stage-room.ts";
import { stageRoutes } from "./http/api/stages.ts";
import { readText } from "./http/body.ts";
import { mediaFileRoutes } from "./http/media.ts";
import type { PageFiles } from "./http/pages.ts";
import type { Route } from "./http/router.ts";
import type { Doorbell } from "./log/doorbell.ts";
import type { NodeSession } from "./log/node-session.ts";
import { ProjectionRunner } from "./log/projection.ts";
import { decodeRequest } from "./platforms/overlay/decode.ts";
import { OverlayFeed } from "./platforms/overlay/delivery.ts";
import { OverlayRequests } from "./platforms/overlay/requests.ts";
import type { OverlayRoom, ScreenPlace } from "./platforms/overlay/session.ts";
import { Conductor } from "./stage/conductor.ts";
import { AlertIntake } from "./stage/intake.ts";
import type { StageKey } from "./stage/keys.ts";
import type { Store } from "./store/store.ts";

export interface StageParts {
  readonly config: Config;
  readonly store: Store;
  readonly room: ApiRoom;
  readonly doorbell: Doorbell;
  readonly vault: Vault;
  readonly files: PageFiles;
  readonly publicUrl: () => string;
}

/** Alerts: what events become, who shows them, and who steers that. */
export interface RunningStages {
  readonly endpoint: Endpoint;
  readonly routes: readonly Route[];
  /** Begins to conduct as that node. */
  run(node: NodeSession): void;
  stop(): Promise<void>;
}

/** The files whose change is a new build of the overlay page. */
const pageFiles = ["overlay.html", "overlay.js", "overlay.css"];

export async function startStages(parts: StageParts): Promise<RunningStages> {
  const { config, store, room, doorbell, vault, files, publicUrl } = parts;
  const { stages, stageKeys: keys, stageSettings: settings, media, nodeSessions, log } = store;
  const { clock, directory } = room;
  let running: NodeSession | undefined;
  const node = {
    get sessionName() {
      return running?.sessionName;
    },
  };
  const conductor = new Conductor({ stages, sessions: nodeSessions, node, doorbell, clock });
  const intake = new AlertIntake(stages, log, doorbell, clock);
  const runner = new ProjectionRunner([intake], doorbell, clock, 0);
  const overlayRoom: OverlayRoom = {
    keys,
    conductor,
    clock,
    build: await buildOf(files),
    sessions: new Set(),
    limits: {
      keepaliveSeconds: config.keepalive,
      authSeconds: config.authSeconds,
      messagesPer10s: config.messagesPer10s,
      socketsPerKey: config.socketsPerKey,
    },
    async place({ stage: id, use }: StageKey): Promise<ScreenPlace | undefined> {
      const view = await stages.view(id, []);
      const screen = use.kind === "display" ? view?.state.screens.find((each) => each.id === use.screen) : undefined;
      const channel = view && (await directory.channel(view.row.channel));
      return view && channel && screen && { channel, stage: view.row, screen };
    },
  };
  const feed = new OverlayFeed(overlayRoom);
  const requests = new OverlayRequests(overlayRoom);
  const stageRoom: StageRoom = { ...room, stages, settings, keys, media, conductor, vault, publicUrl };
  return {
    endpoint: feed,
    routes: [
      pageRequests(requests, room.bodyBytes),
      ...overlayRoutes(stageRoom),
      ...stageRoutes(stageRoom),
      ...stageActionRoutes(stageRoom),
      ...mediaRoutes({ ...stageRoom, mediaBytes: config.mediaMb * 1024 * 1024 }),
      ...mediaFileRoutes(media),
    ],
    run(session) {
      running = session;
      void runner.catchUp();
    },
    async stop() {
      feed.stop();
      requests.stop();
      conductor.stop();
      intake.stop();
      await runner.stop();
    },
  };
}

/** For pages whose WebSockets somebody blocks. */
function pageRequests(requests: OverlayRequests, bodyBytes: number): Route {
  return {
    method: "POST",
    pattern: "/overlay/feed",
    async answer({ request, handshake, keepOpen }) {
      const asked = decodeRequest(await readText(request, bodyBytes));
      if (asked === undefined) throw new Refused("body_invalid");
      const stream = request.headers.get("accept")?.includes("text/event-stream") ?? false;
      keepOpen();
      return requests.answer({ ...asked, stream, signal: request.signal, failed: () => handshake.failed() });
    },
  };
}

async function buildOf(files: PageFiles): Promise<string> {
  const hash = createHash("sha256").update(version);
  for (const name of pageFiles) hash.update((await files(name))?.body ?? "");
  return hash.digest("hex").slice(0, 16);
}
