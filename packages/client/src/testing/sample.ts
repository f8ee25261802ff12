import type { TipwireEvent } from "../wire.ts";

export function sampleEvent(
  facts: Partial<TipwireEvent> & { readonly id: string; readonly cursor: string },
): TipwireEvent {
  return {
    kind: "event",
    arrival: "live",
    receivedAt: "2026-01-02T03:04:05.678Z",
    replayOf: null,
    type: "donation",
    origin: "test",
    externalId: facts.id,
    occurredAt: "2026-01-02T03:04:05.000Z",
    name: "Ann",
    anonymous: false,
    message: "Hello",
    messageKind: "text",
    amount: { value: "5.00", minor: 500, exponent: 2, currency: "USD" },
    fee: null,
    net: null,
    stated: null,
    tier: null,
    period: null,
    duration: null,
    streak: null,
    avatarUrl: null,
    ttsUrl: null,
    voiceUrl: null,
    kickUsername: null,
    test: false,
    ...facts,
  };
}
