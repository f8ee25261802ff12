import type { Channel } from "../../access/directory.ts";
import type { LogRecord } from "../../core/record.ts";
import type { Connections } from "../../intake/connections.ts";
import type { EventLog } from "../../log/event-log.ts";
import { json } from "../answers.ts";
import { shown } from "../api/connections.ts";
import type { Route, Visit } from "../router.ts";
import type { Visitors } from "./visitors.ts";

export interface StatusRoom {
  readonly visitors: Visitors;
  readonly connections: Connections;
  readonly log: EventLog;
  /** Whether an application at DonationAlerts is set. */
  readonly isConfigured: boolean;
}

/** How many events are shown. */
const latest = 10;

/**
 * `/api/status`: the DonationAlerts guide's three facts first, then what the page at `/` shows. Whoever is not known here sees
 * them all as false; events are for people who have signed in.
 */
export function statusRoutes({ visitors, connections, log, isConfigured }: StatusRoom): readonly Route[] {
  async function answer(visit: Visit): Promise<Response> {
    const visitor = await visitors.of(visit);
    const found = await Promise.all(visitor.channels.map((channel) => connectionsOf(channel)));
    const all = found.flat();
    const events = visitor.kind === "signed-in" ? await Promise.all(visitor.channels.map(eventsOf)) : [];
    return json({
      authenticated: all.some(({ status }) => status !== "needs-authorization"),
      listener_running: all.some(({ status }) => status !== "stopped" && status !== "needs-authorization"),
      listener_connected: all.some(({ status }) => status === "live"),
      visitor: visitor.kind,
      configured: visitor.kind === "unknown" ? null : isConfigured,
      channels: visitor.channels.map(({ slug, title }) => ({ slug, title })),
      connections: all,
      events: events.flat(),
    });
  }

  async function connectionsOf({ id, slug }: Channel) {
    return (await connections.list(id)).map((each) => shown(each, slug));
  }

  async function eventsOf({ id }: Channel) {
    const head = (await log.heads([id])).get(id) ?? 0;
    const records = await log.read(id, Math.max(0, head - latest), latest);
    return records.map(eventShown).reverse();
  }

  return [{ method: "GET", pattern: "/api/status", answer }];
}

function eventShown({ id, kind, arrival, event }: LogRecord) {
  const { type, name, amount, message, messageKind, test, occurredAt } = event;
  return { id, kind, arrival, type, name, amount, message, messageKind, test, occurredAt };
}
