import { z } from "zod";
import type { Channel } from "../../access/directory.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import { type ConnectionState, sourcePlatforms } from "../../intake/connection.ts";
import { type StoredConnection, secretOf } from "../../intake/connections.ts";
import type { AcceptedAccess, SourceFactory } from "../../intake/source-factory.ts";
import { json } from "../answers.ts";
import { readBody, readOptionalBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import { type ConnectionRoom, connectionOf, factoryFor } from "./connection-room.ts";

const access = {
  key: z.string().trim().max(4096).default(""),
  page: z.string().trim().max(200).default(""),
};
const newConnection = z.object({ channel: z.string(), platform: z.enum(sourcePlatforms), ...access });
const start = z.object(access);

/** Where events are fetched from, and how each connection is. Secrets are taken and never shown. */
export function connectionRoutes(room: ConnectionRoom): readonly Route[] {
  const { callers, connections, vault, directory, bodyBytes } = room;

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
    const { account, name, secret } = accepted(factoryFor(room.factories, platform), { ...given, slug: channel.slug });
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
    const { connection, channel } = await connectionOf(room, visit);
    const given = await readOptionalBody(visit.request, start, bodyBytes);
    if (given.key === "") return changed(await connections.setWanted(connection.id, true), channel);
    const { account, secret } = accepted(factoryFor(room.factories, connection.platform), {
      ...given,
      slug: channel.slug,
    });
    if (given.page !== "" && account !== connection.account) {
      throw new Refused(
        "access_invalid",
        `This connection is of ${connection.account}; add another one for ${account}.`,
      );
    }
    return changed(await connections.authorize(connection.id, vault.seal(secret, secretOf(connection.id))), channel);
  }

  return [
    { method: "GET", pattern: "/v1/connections", answer: list },
    { method: "POST", pattern: "/v1/connections", answer: add },
    {
      method: "GET",
      pattern: "/v1/connections/{id}",
      async answer(visit) {
        const { connection, channel } = await connectionOf(room, visit);
        return json(shown(connection, channel.slug));
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/connections/{id}",
      async answer(visit) {
        const { connection, channel } = await connectionOf(room, visit);
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
        const { connection, channel } = await connectionOf(room, visit);
        return changed(await connections.setWanted(connection.id, false), channel);
      },
    },
  ];
}

function accepted(factory: SourceFactory, given: Parameters<SourceFactory["accept"]>[0]): AcceptedAccess {
  const access = factory.accept(given);
  if (typeof access === "string") throw new Refused("access_invalid", access);
  return access;
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
