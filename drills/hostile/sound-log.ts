import type { Page } from "@tipwire/client";
import { call } from "./call.ts";
import { shapeFault } from "./event-shape.ts";

export interface LogFindings {
  channels: number;
  records: number;
  readonly faults: string[];
}

/** Reads every channel's whole log: each event as documented, each identity once, each place behind the one before it. */
export async function readEveryLog(url: string, key: string): Promise<LogFindings> {
  const { channels } = await call<{ channels: { slug: string }[] }>(url, key, "GET", "/v1/channels");
  const findings: LogFindings = { channels: channels.length, records: 0, faults: [] };
  for (const { slug } of channels) await readLog(url, key, slug, findings);
  return findings;
}

async function readLog(url: string, key: string, slug: string, findings: LogFindings): Promise<void> {
  const identities = new Set<string>();
  const ids = new Set<string>();
  let offset = 0;
  let time = "";
  for (let after = "oldest"; ; ) {
    const page = await call<Page>(url, key, "GET", `/v1/channels/${slug}/events?after=${after}&limit=500`);
    for (const event of page.events) {
      findings.records++;
      const note = (fault: string) => findings.faults.push(`${slug} ${event.cursor}: ${fault}`);
      const fault = shapeFault(event as unknown as Record<string, unknown>);
      if (fault !== undefined) note(fault);
      const place = Number.parseInt(event.cursor.split(".")[1] ?? "", 36);
      if (place !== ++offset) note(`its place is ${place}, not ${offset}`);
      if (event.receivedAt < time) note("received before the one before it");
      time = event.receivedAt;
      if (ids.has(event.id)) note("its id occurs twice");
      ids.add(event.id);
      if (event.kind === "replay") {
        if (!ids.has(event.replayOf ?? "")) note("a replay of nothing before it");
        continue;
      }
      const identity = `${event.origin}\0${event.externalId}`;
      if (identities.has(identity)) note("its origin and externalId occur twice");
      identities.add(identity);
    }
    if (page.events.length === 0) return;
    after = page.cursor;
  }
}
