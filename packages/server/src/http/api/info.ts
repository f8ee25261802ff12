import { json } from "../answers.ts";
import type { Route } from "../router.ts";
import type { ApiRoom } from "./room.ts";

export interface Figures {
  readonly version: string;
  /** Open sessions by protocol. */
  sessions(): Readonly<Record<string, number>>;
  /** Whether the store takes writes, and the server goes on. */
  health(): Promise<{ readonly status: "well" | "failing" | "broken" | "stopping"; readonly reason?: string }>;
  /** In Prometheus' text form. */
  metrics(): Promise<{ readonly body: string; readonly contentType: string }>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export function infoRoutes({ callers, directory, clock }: ApiRoom, figures: Figures): readonly Route[] {
  return [
    { method: "GET", pattern: "/healthz", answer: () => json({ status: "ok" }) },
    {
      method: "GET",
      pattern: "/readyz",
      async answer() {
        const health = await figures.health();
        return json(
          { ...health, status: health.status === "well" ? "ready" : health.status },
          health.status === "well" ? 200 : 503,
        );
      },
    },
    {
      method: "GET",
      pattern: "/metrics",
      async answer(visit) {
        if (!visit.isLocal) await callers.administrator(visit);
        const { body, contentType } = await figures.metrics();
        return new Response(body, { headers: { "content-type": contentType, "cache-control": "no-store" } });
      },
    },
    {
      method: "GET",
      pattern: "/v1/me",
      async answer(visit) {
        const credential = await callers.credential(visit);
        if (credential.kind === "token") {
          const channel = await directory.channel(credential.channel);
          return json({
            kind: "token",
            channel: channel && { id: channel.id, slug: channel.slug, title: channel.title },
          });
        }
        const { administrator, scopes } = credential;
        const account = (await directory.accounts()).find(({ id }) => id === credential.account)?.name ?? "";
        return json({ kind: "key", id: credential.id.slice(4), account, administrator, scopes: [...scopes] });
      },
    },
    {
      method: "GET",
      pattern: "/v1/server",
      async answer(visit) {
        await callers.administrator(visit);
        const channels = (await directory.channels()).length;
        const uptimeSeconds = Math.floor((clock.now() - figures.startedAt) / 1000);
        return json({ version: figures.version, uptimeSeconds, channels, sessions: figures.sessions() });
      },
    },
  ];
}
