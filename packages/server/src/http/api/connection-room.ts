import type { Channel } from "../../access/directory.ts";
import { Refused } from "../../core/errors.ts";
import type { Vault } from "../../core/vault.ts";
import { type SourcePlatform, sourcePlatforms } from "../../intake/connection.ts";
import type { Connections, StoredConnection } from "../../intake/connections.ts";
import type { Ingest } from "../../intake/ingest.ts";
import type { Quarantine } from "../../intake/quarantine.ts";
import type { SourceFactories, SourceFactory } from "../../intake/source-factory.ts";
import type { Visit } from "../router.ts";
import type { ApiRoom } from "./room.ts";

/** What the addresses of connections work with. */
export interface ConnectionRoom extends ApiRoom {
  readonly connections: Connections;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly vault: Vault;
  readonly factories: SourceFactories;
}

/** The connection of the address with its channel, for a caller who may change it. Foreign and unknown ones answer alike. */
export async function connectionOf(
  { callers, connections, directory }: ConnectionRoom,
  visit: Visit,
): Promise<{ readonly connection: StoredConnection; readonly channel: Channel }> {
  const credential = await callers.administrating(visit);
  const connection = await connections.find(numberOf(visit.path["id"]));
  const channel = connection && (await directory.channel(connection.channel));
  if (connection === undefined || channel === undefined || !(await callers.administers(credential, channel.id))) {
    throw new Refused("connection_unknown");
  }
  return { connection, channel };
}

export function factoryFor(factories: SourceFactories, platform: SourcePlatform): SourceFactory {
  const factory = factories[platform];
  if (factory !== undefined) return factory;
  const known = sourcePlatforms.filter((each) => factories[each] !== undefined).join(", ") || "none yet";
  throw new Refused("platform_missing", `Events of ${platform} cannot be fetched here. Platforms that can: ${known}.`);
}

/** A number of ours in an address; 0, which nothing has, where it is none. */
export function numberOf(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : 0;
}
