import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newSecretKey, openVault } from "./access/vault.ts";
import type { Config } from "./config.ts";
import type { Note } from "./core/note.ts";
import type { Vault } from "./core/vault.ts";
import { type DonationAlertsClient, donationAlertsClient } from "./donationalerts-client.ts";
import { connectionRoutes } from "./http/api/connections.ts";
import { quarantineRoutes } from "./http/api/quarantine.ts";
import type { ApiRoom } from "./http/api/room.ts";
import { connectRoutes } from "./http/connect/donationalerts.ts";
import { LoginAttempts } from "./http/connect/login-attempts.ts";
import { statusRoutes } from "./http/connect/status.ts";
import { Visitors } from "./http/connect/visitors.ts";
import { webSocketDial } from "./http/dial.ts";
import type { Metrics } from "./http/metrics.ts";
import { BrowserSessions } from "./http/oauth/browser-session.ts";
import type { Route } from "./http/router.ts";
import { Ingest } from "./intake/ingest.ts";
import type { SourceFactories, SourceFactory } from "./intake/source-factory.ts";
import { type RunningConnection, Supervisor } from "./intake/supervisor.ts";
import type { Doorbell } from "./log/doorbell.ts";
import type { NodeSession } from "./log/node-session.ts";
import type { Unsaid } from "./platforms/donationalerts/decode.ts";
import { pallySource } from "./platforms/pally/source.ts";
import { tuniformSource } from "./platforms/tuniform/source.ts";
import { writePrivateFile } from "./store/durable-files.ts";
import type { Store } from "./store/store.ts";

export interface SourceParts {
  readonly config: Config;
  readonly store: Store;
  readonly room: ApiRoom;
  readonly doorbell: Doorbell;
  readonly metrics: Metrics;
  readonly note: Note;
  /** Where browsers find this server, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** Tipwire as a client of platforms: connections, and the sources that run for them on this node. */
export interface Sources {
  readonly routes: readonly Route[];
  /** Where secrets that their owner may see again lie sealed. */
  readonly vault: Vault;
  /** What DonationAlerts' messages leave unsaid, as far as the settings say it. */
  readonly unsaid: Unsaid;
  /** Begins to run what this node can hold. */
  run(node: NodeSession): void;
  running(): readonly RunningConnection[];
  stop(): Promise<void>;
}

/** Which platforms events are fetched from, and how. */
function sourceFactories({ config, room: { clock } }: SourceParts, donationalerts: SourceFactory): SourceFactories {
  const dial = webSocketDial(clock);
  return {
    donationalerts,
    pally: pallySource({ dial, clock, url: config.pallyUrl }),
    tuniform: tuniformSource({ dial, clock, fetch, url: config.tuniformUrl, listUrl: config.tuniformPollUrl }),
  };
}

export function startSources(parts: SourceParts): Sources {
  const { config, store, room, doorbell, metrics, note } = parts;
  const { connections, quarantine, log, budgets } = store;
  const { clock } = room;
  const donationAlerts = donationAlertsClient({ config, budgets, clock, dial: webSocketDial(clock), fetch, note });
  const factories = sourceFactories(parts, donationAlerts.factory);
  const ingest = new Ingest(log, quarantine);
  // A key in one node's data directory would be of no use to the others.
  const kept = config.databaseUrl === "" ? () => keptSecretKey(config.dataDir) : undefined;
  const vault = openVault({ setting: config.secretKey, kept });
  const connecting = { ...room, connections, quarantine, ingest, vault, factories };
  let supervisor: Supervisor | undefined;
  return {
    vault,
    unsaid: donationAlerts.unsaid,
    routes: [
      ...connectionRoutes(connecting),
      ...quarantineRoutes(connecting),
      ...browserRoutes(parts, vault, donationAlerts),
    ],
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

/** What people connect platforms with in a browser. */
function browserRoutes(parts: SourceParts, vault: Vault, { login }: DonationAlertsClient): readonly Route[] {
  const { config, publicUrl, room } = parts;
  const { signIns, directory, connections, log } = parts.store;
  const { clock } = room;
  const sessions = new BrowserSessions(signIns, clock, publicUrl);
  const visitors = new Visitors(sessions, directory, publicUrl);
  const redirectUri = () => config.donationAlertsRedirectUri || `${publicUrl()}/api/auth/donationalerts/callback`;
  const attempts = new LoginAttempts({ signIns, clock, key: config.sessionSecretKey, redirectUri });
  return [
    ...connectRoutes({ visitors, sessions, attempts, directory, connections, vault, login, redirectUri }),
    ...statusRoutes({ visitors, connections, log, isConfigured: login !== undefined }),
  ];
}

/** The key that a server on its own makes for itself, when it first needs one. */
function keptSecretKey(dataDir: string): string {
  const path = join(dataDir, "secret.key");
  if (existsSync(path)) return readFileSync(path, "utf8").trim();
  const key = newSecretKey();
  writePrivateFile(path, `${key}\n`);
  return key;
}
