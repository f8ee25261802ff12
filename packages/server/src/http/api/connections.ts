import { z } from "zod";
import type { Channel } from "../../access/directory.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import type { Vault } from "../../core/vault.ts";
import { type ConnectionState, type SourcePlatform, sourcePlatforms } from "../../intake/connection.ts";
import { type Connections, type StoredConnection, secretOf } from "../../intake/connections.ts";
import type { Ingest } from "../../intake/ingest.ts";
import type { Quarantine } from "../../intake/quarantine.ts";
import type { AcceptedAccess, SourceFactories, SourceFactory } from "../../intake/source-factory.ts";
import { json } from "../answers.ts";
import { readBody, readOptionalBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import type { ApiRoom } from "./room.ts";

export interface ConnectionRoom extends ApiRoom {
  readonly connections: Connections;
  readonly quarantine: Quarantine;
  readonly ingest: Ingest;
  readonly vault: Vault;
  readonly factories: SourceFactories;
}

const access = {
  key: z.string().trim().max(4096).default(""),
  page: z.string().trim().max(200).default(""),
};
const newConnection = z.object({ channel: z.string(), platform: z.enum(sourcePlatforms), ...access });
const start = z.object(access);

/** Texts of a quarantine in one answer. */
const pageLength = 200;

/** Where events are fetched from, how each connection is, and what could not be read. Secrets are taken and never shown. */
export function connectionRoutes(room: ConnectionRoom): readonly Route[] {
  const { callers, connections, quarantine, ingest, vault, directory, bodyBytes } = room;

  /** The connection of the address with its channel, for a caller who may change it. Foreign and unknown ones answer alike. */
  async function ofVisit(visit: Visit): Promise<{ readonly connection: StoredConnection; readonly channel: Channel }> {
    const credential = await callers.administrating(visit);
    const connection = await connections.find(numberOf(visit.path["id"]));
    const channel = connection && (await directory.channel(connection.channel));
    if (connection === undefined || channel === undefined || !(await callers.administers(credential, channel.id))) {
      throw new Refused("connection_unknown");
    }
    return { connection, channel };
  }

  function changed(connection: StoredConnection | undefined, { slug }: Channel): Response {
    if (connection === undefined) throw new Refused("connection_unknown");
    return json(shown(connection, slug));
  }

  async function list(visit: Visit): Promise<Response> {
    const credential = await callers.administrating(visit);
    const slug = visit.url.searchParams.get("channel");
    const only = slug === null ? undefined : (await callers.administered({ ...visit, path: { slug } })).channel.id;
    const slugs = new Map<number, string | undefined>();
    const all = await connections.list(only);
    for (const { channel } of all) {
      if (slugs.has(channel)) continue;
      const may = await callers.administers(credential, channel);
      slugs.set(channel, may ? (await directory.channel(channel))?.slug : undefined);
    }
    return json({
      connections: all.flatMap((each) => {
        const known = slugs.get(each.channel);
        return known === undefined ? [] : [shown(each, known)];
      }),
    });
  }

  /** A second key for the same account takes the place of the first. */
  async function add(visit: Visit): Promise<Response> {
    const { channel: slug, platform, ...given } = await readBody(visit.request, newConnection, bodyBytes);
    const { channel } = await callers.administered({ ...visit, path: { slug } });
    const { account, name, secret } = accepted(factoryOf(platform), { ...given, slug: channel.slug });
    const wish = { channel: channel.id, platform, account, name };
    const made = await connections.create(wish, (id) => vault.seal(secret, secretOf(id)));
    if (made !== "account-taken") return json(shown(made, channel.slug), 201);
    const known = (await connections.list(channel.id)).find(
      (each) => each.platform === platform && each.account === account,
    );
    if (known === undefined) throw new Refused("connection_unknown");
    return changed(await connections.authorize(known.id, vault.seal(secret, secretOf(known.id))), channel);
  }

  async function startAgain(visit: Visit): Promise<Response> {
    const { connection, channel } = await ofVisit(visit);
    const given = await readOptionalBody(visit.request, start, bodyBytes);
    if (given.key === "") return changed(await connections.setWanted(connection.id, true), channel);
    const { account, secret } = accepted(factoryOf(connection.platform), { ...given, slug: channel.slug });
    if (given.page !== "" && account !== connection.account) {
      throw new Refused(
        "access_invalid",
        `This connection is of ${connection.account}; add another one for ${account}.`,
      );
    }
    return changed(await connections.authorize(connection.id, vault.seal(secret, secretOf(connection.id))), channel);
  }

  async function discardAll(connection: number): Promise<number> {
    let discarded = 0;
    for (;;) {
      const page = await quarantine.list(connection, 0, pageLength);
      if (page.length === 0) return discarded;
      discarded += await quarantine.remove(page.map(({ id }) => id));
    }
  }

  function factoryOf(platform: SourcePlatform): SourceFactory {
    const factory = room.factories[platform];
    if (factory !== undefined) return factory;
    const known = sourcePlatforms.filter((each) => room.factories[each] !== undefined).join(", ") || "none yet";
    throw new Refused(
      "platform_missing",
      `Events of ${platform} cannot be fetched here. Platforms that can: ${known}.`,
    );
  }

  return [
    { method: "GET", pattern: "/v1/connections", answer: list },
    { method: "POST", pattern: "/v1/connections", answer: add },
    {
      method: "GET",
      pattern: "/v1/connections/{id}",
      async answer(visit) {
        const { connection, channel } = await ofVisit(visit);
        return json(shown(connection, channel.slug));
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/connections/{id}",
      async answer(visit) {
        const { connection, channel } = await ofVisit(visit);
        const become = await connections.remove(connection.id);
        if (become === "in-quarantine") throw new Refused("quarantine_not_empty");
        return changed(become === "unknown" ? undefined : { ...connection, wanted: false }, channel);
      },
    },
    { method: "POST", pattern: "/v1/connections/{id}/start", answer: startAgain },
    {
      method: "POST",
      pattern: "/v1/connections/{id}/stop",
      async answer(visit) {
        const { connection, channel } = await ofVisit(visit);
        return changed(await connections.setWanted(connection.id, false), channel);
      },
    },
    {
      method: "POST",
      pattern: "/v1/connections/{id}/reread",
      async answer(visit) {
        const { connection } = await ofVisit(visit);
        const factory = factoryOf(connection.platform);
        const read = await ingest.reread(connection, ({ raw, receivedAt }) =>
          factory.decode(raw, { connection, receivedAt }),
        );
        return json(read);
      },
    },
    {
      method: "GET",
      pattern: "/v1/connections/{id}/quarantine",
      async answer(visit) {
        const { connection } = await ofVisit(visit);
        const after = numberOf(visit.url.searchParams.get("after") ?? "0");
        const texts = await quarantine.list(connection.id, after, pageLength);
        const noted = await quarantine.notes(connection.id);
        return json({
          quarantined: texts.map(({ id, receivedAt, arrival, reason, raw }) => ({
            id: String(id),
            receivedAt: isoTime(receivedAt),
            arrival,
            reason,
            raw,
          })),
          noted: noted.map(({ receivedAt, what, raw }) => ({ receivedAt: isoTime(receivedAt), what, raw })),
        });
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/connections/{id}/quarantine",
      async answer(visit) {
        const { connection } = await ofVisit(visit);
        return json({ discarded: await discardAll(connection.id) });
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/connections/{id}/quarantine/{text}",
      async answer(visit) {
        const { connection } = await ofVisit(visit);
        const id = numberOf(visit.path["text"]);
        const [found] = await quarantine.list(connection.id, id - 1, 1);
        return json({ discarded: found?.id === id ? await quarantine.remove([id]) : 0 });
      },
    },
  ];
}

function accepted(factory: SourceFactory, given: Parameters<SourceFactory["accept"]>[0]): AcceptedAccess {
  const access = factory.accept(given);
  if (typeof access === "string") throw new Refused("access_invalid", access);
  return access;
}

function numberOf(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : 0;
}

/** A connection as people and programs see it: without its secret. */
export function shown(connection: StoredConnection, slug: string) {
  const { id, platform, account, name, wanted, quarantined, createdAt } = connection;
  return {
    id: String(id),
    channel: slug,
    platform,
    account,
    name,
    wanted,
    createdAt: isoTime(createdAt),
    quarantined,
    ...stateShown(connection),
  };
}

/** What a person stopped is stopped, even where nobody runs who could say so. */
function stateShown({ wanted, state, createdAt }: StoredConnection) {
  const { status, reason, since }: Pick<ConnectionState, "status" | "reason" | "since"> = wanted
    ? (state ?? { status: "connecting", reason: "", since: createdAt })
    : { status: "stopped", reason: "", since: state?.since ?? createdAt };
  const { retryAt, heardAt, reconciled, history, gaps, warning } = state ?? {};
  return {
    status,
    reason,
    since: isoTime(since),
    retryAt: wanted ? timeOrNull(retryAt) : null,
    heardAt: timeOrNull(heardAt),
    reconciled: reconciled === undefined ? null : { ...reconciled, at: isoTime(reconciled.at) },
    history: history ?? null,
    gaps: (gaps ?? []).map(({ from, to }) => ({ from: isoTime(from), to: isoTime(to) })),
    warning: warning ?? null,
  };
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
