import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newSecretKey, openVault } from "./access/vault.ts";
import type { Config } from "./config.ts";
import type { Note } from "./core/note.ts";
import { connectionRoutes } from "./http/api/connections.ts";
import type { ApiRoom } from "./http/api/room.ts";
import type { Metrics } from "./http/metrics.ts";
import type { Route } from "./http/router.ts";
import { Ingest } from "./intake/ingest.ts";
import type { SourceFactories } from "./intake/source-factory.ts";
import { type RunningConnection, Supervisor } from "./intake/supervisor.ts";
import type { Doorbell } from "./log/doorbell.ts";
import type { NodeSession } from "./log/node-session.ts";
import { writePrivateFile } from "./store/durable-files.ts";
import type { Store } from "./store/store.ts";

export interface SourceParts {
  readonly config: Config;
  readonly store: Store;
  readonly room: ApiRoom;
  readonly doorbell: Doorbell;
  readonly metrics: Metrics;
  readonly note: Note;
}

/** Tipwire as a client of platforms: connections, and the sources that run for them on this node. */
export interface Sources {
  readonly routes: readonly Route[];
  /** Begins to run what this node can hold. */
  run(node: NodeSession): void;
  running(): readonly RunningConnection[];
  stop(): Promise<void>;
}

/** Which platforms events are fetched from, and how. */
function sourceFactories(_parts: SourceParts): SourceFactories {
  return {};
}

export function startSources(parts: SourceParts): Sources {
  const { config, store, room, doorbell, metrics, note } = parts;
  const { connections, quarantine, log } = store;
  const { clock } = room;
  const factories = sourceFactories(parts);
  const ingest = new Ingest(log, quarantine);
  // A key in one node's data directory would be of no use to the others.
  const kept = config.databaseUrl === "" ? () => keptSecretKey(config.dataDir) : undefined;
  const vault = openVault({ setting: config.secretKey, kept });
  let supervisor: Supervisor | undefined;
  return {
    routes: connectionRoutes({ ...room, connections, quarantine, ingest, vault, factories }),
    run(node) {
      const random = Math.random;
      const tally = metrics.sources;
      supervisor = new Supervisor({
        connections,
        ingest,
        vault,
        clock,
        random,
        note,
        tally,
        node,
        doorbell,
        factories,
      });
    },
    running: () => supervisor?.running() ?? [],
    stop: async () => supervisor?.stop(),
  };
}

/** The key that a server on its own makes for itself, when it first needs one. */
function keptSecretKey(dataDir: string): string {
  const path = join(dataDir, "secret.key");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const key = newSecretKey();
  writePrivateFile(path, `${key}\n`);
  return key;
}
