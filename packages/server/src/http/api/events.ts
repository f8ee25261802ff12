import { z } from "zod";
import type { Credential } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import { cursorOf } from "../../core/cursor.ts";
import { Refused } from "../../core/errors.ts";
import type { StreamEvent } from "../../core/event.ts";
import type { ImportOutcome } from "../../intake/importer.ts";
import { identityText, list } from "../../intake/schema.ts";
import type { Appended } from "../../log/event-log.ts";
import { json } from "../answers.ts";
import { readBody, readJson } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import type { ApiRoom } from "./room.ts";

/** What the native protocol does for these addresses; `platforms/native` is behind it. */
export interface NativeReading {
  decode(body: unknown, defaults: { origin: string; externalId: string; now: number }): StreamEvent;
  poll(channel: Channel, credential: Credential, query: URLSearchParams): Promise<Response>;
  stream(channel: Channel, credential: Credential, after: string): Promise<Response>;
}

export type ImportRequest = z.infer<typeof importBody>;

export type Importing = (channel: Channel, request: ImportRequest) => Promise<ImportOutcome>;

export const importFormats = ["donationalerts", "pally", "tuniform", "jsonl"] as const;

const importBody = z.object({
  format: z.enum(importFormats),
  live: z.boolean().default(false),
  /** The platform's id of the creator, for files that do not say whose events they are. */
  creator: identityText(100).optional(),
  session: identityText(100),
  lines: list(z.object({ line: z.number().int(), text: z.string() }), 0, 1000),
});

/** Largest body of one request of an import, bytes. */
const importBytes = 1024 * 1024;

export function eventRoutes(room: ApiRoom, native: NativeReading, importing: Importing): readonly Route[] {
  const { callers, log, clock, bodyBytes } = room;

  function stored({ status, record }: Appended): Response {
    const body = {
      id: record.id,
      cursor: cursorOf(log.epoch, record),
      status: status === "appended" ? "stored" : "duplicate",
    };
    return json(body, status === "appended" ? 201 : 200);
  }

  return [
    {
      method: "GET",
      pattern: "/v1/channels/{slug}/events",
      async answer(visit) {
        const { channel, credential } = await callers.channel(visit, "events:read");
        visit.keepOpen();
        const { searchParams } = visit.url;
        if (!accepts(visit, "text/event-stream")) return native.poll(channel, credential, searchParams);
        const after = visit.request.headers.get("last-event-id") || searchParams.get("after") || "head";
        return native.stream(channel, credential, after);
      },
    },
    {
      method: "POST",
      pattern: "/v1/channels/{slug}/events",
      async answer(visit) {
        const { channel, credential } = await callers.channel(visit, "events:write");
        const externalId = idempotencyKey(visit);
        const body = await readJson(visit.request, bodyBytes);
        const event = native.decode(body, { origin: credential.id, externalId, now: clock.now() });
        return stored(await log.append({ channel: channel.id, event, arrival: "live" }));
      },
    },
    {
      method: "POST",
      pattern: "/v1/channels/{slug}/events/{id}/replay",
      async answer(visit) {
        const { channel } = await callers.channel(visit, "control", "events:write");
        const key = idempotencyKey(visit);
        const id = visit.path["id"] ?? "";
        const replayed = await log.replay({ channel: channel.id, id, key, arrival: "live" });
        if (replayed === undefined) throw new Refused("event_unknown");
        return stored(replayed);
      },
    },
    {
      method: "POST",
      pattern: "/v1/channels/{slug}/import",
      async answer(visit) {
        const { channel } = await callers.channel(visit, "events:write");
        return json(await importing(channel, await readBody(visit.request, importBody, importBytes)));
      },
    },
  ];
}

/** The caller's `Idempotency-Key`, or one that nobody else has. */
function idempotencyKey({ request }: Visit): string {
  const key = request.headers.get("idempotency-key") || crypto.randomUUID();
  if (key.length <= 200 && !/\p{Cc}/u.test(key)) return key;
  throw new Refused("parameter_invalid", "Idempotency-Key: at most 200 characters, none of them a control character.");
}

function accepts({ request }: Visit, type: string): boolean {
  return (request.headers.get("accept") ?? "").toLowerCase().includes(type);
}
