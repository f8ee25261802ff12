import type { Money } from "./money.ts";

export const eventTypes = ["donation", "subscription", "follow", "raid", "host", "custom"] as const;
export type EventType = (typeof eventTypes)[number];

/** `live`: as it happened. `late`: read back after an outage. `import`: history, stored and counted but silent. */
export type Arrival = "live" | "late" | "import";

/** `replay`: a showing of an earlier event again; never counted again. */
export type RecordKind = "event" | "replay";

/** What a supporter did. Absent facts are `null`, an absent message is `""`. Its JSON is what the native protocol says. */
export interface StreamEvent {
  readonly type: EventType;
  /** Where the fact lives (`donationalerts:13907608`), never one of our connections. */
  readonly origin: string;
  /** Unique within `origin` and the channel. */
  readonly externalId: string;
  /** When it happened there: ISO 8601, milliseconds, UTC. */
  readonly occurredAt: string;
  /** `null` when anonymous. */
  readonly name: string | null;
  readonly anonymous: boolean;
  /** Outer white space trimmed, inner newlines kept. For `messageKind` "audio" the URL of the recording. */
  readonly message: string;
  readonly messageKind: "text" | "audio";
  /** What the supporter gave (gross). `null` for events without money. */
  readonly amount: Money | null;
  readonly fee: Money | null;
  readonly net: Money | null;
  /** The amount in the creator's currency, as the platform stated it. */
  readonly stated: Money | null;
  readonly tier: string | null;
  readonly period: string | null;
  /** Days, as the platform gives it. */
  readonly duration: number | null;
  readonly streak: number | null;
  readonly avatarUrl: string | null;
  readonly ttsUrl: string | null;
  readonly voiceUrl: string | null;
  /** The sender's handle on Kick. */
  readonly kickUsername: string | null;
  readonly test: boolean;
}

/** The facts that tell one event from another, and the defaults of everything else. */
export type EventFacts = Pick<StreamEvent, "type" | "origin" | "externalId" | "occurredAt"> & Partial<StreamEvent>;

/** A complete event, its keys in the order in which every protocol and the store write them. */
export function streamEvent(facts: EventFacts): StreamEvent {
  const name = facts.name?.trim() || null;
  return {
    type: facts.type,
    origin: facts.origin,
    externalId: facts.externalId,
    occurredAt: facts.occurredAt,
    name,
    anonymous: facts.anonymous ?? name === null,
    message: (facts.message ?? "").trim(),
    messageKind: facts.messageKind ?? "text",
    amount: facts.amount ?? null,
    fee: facts.fee ?? null,
    net: facts.net ?? null,
    stated: facts.stated ?? null,
    tier: facts.tier ?? null,
    period: facts.period ?? null,
    duration: facts.duration ?? null,
    streak: facts.streak ?? null,
    avatarUrl: facts.avatarUrl ?? null,
    ttsUrl: facts.ttsUrl ?? null,
    voiceUrl: facts.voiceUrl ?? null,
    kickUsername: facts.kickUsername ?? null,
    test: facts.test ?? false,
  };
}
