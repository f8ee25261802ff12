import { isoTime } from "../../core/clock.ts";
import { json } from "../answers.ts";
import type { Route, Visit } from "../router.ts";
import { type ConnectionRoom, connectionOf, factoryFor, numberOf } from "./connection-room.ts";

/** Texts in one answer. */
const pageLength = 200;

/** What connections brought that could not be read, and what was no event. */
export function quarantineRoutes(room: ConnectionRoom): readonly Route[] {
  const { quarantine, ingest, factories } = room;
  const pattern = "/v1/connections/{id}/quarantine";

  async function list(visit: Visit): Promise<Response> {
    const { connection } = await connectionOf(room, visit);
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
  }

  async function discardAll(connection: number): Promise<number> {
    let discarded = 0;
    for (;;) {
      const page = await quarantine.list(connection, 0, pageLength);
      if (page.length === 0) return discarded;
      discarded += await quarantine.remove(page.map(({ id }) => id));
    }
  }

  return [
    { method: "GET", pattern, answer: list },
    {
      method: "DELETE",
      pattern,
      async answer(visit) {
        const { connection } = await connectionOf(room, visit);
        return json({ discarded: await discardAll(connection.id) });
      },
    },
    {
      method: "DELETE",
      pattern: `${pattern}/{text}`,
      async answer(visit) {
        const { connection } = await connectionOf(room, visit);
        const id = numberOf(visit.path["text"]);
        const [found] = await quarantine.list(connection.id, id - 1, 1);
        return json({ discarded: found?.id === id ? await quarantine.remove([id]) : 0 });
      },
    },
    {
      method: "POST",
      pattern: "/v1/connections/{id}/reread",
      async answer(visit) {
        const { connection } = await connectionOf(room, visit);
        const factory = factoryFor(factories, connection.platform);
        const read = await ingest.reread(connection, ({ raw, receivedAt }) =>
          factory.decode(raw, { connection, receivedAt }),
        );
        return json(read);
      },
    },
  ];
}
