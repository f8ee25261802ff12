import { type StreamEvent, streamEvent } from "../packages/server/src/core/event.ts";
import { moneyOf } from "../packages/server/src/core/money.ts";

let made = 0;

/** A donation as large as they usually are, each another one. */
export function donation(): StreamEvent {
  const number = String(++made).padStart(7, "0");
  return streamEvent({
    type: "donation",
    origin: "bench:1",
    externalId: `donation-${number}`,
    occurredAt: "2026-04-11T16:00:00.000Z",
    name: "Ana Example",
    amount: moneyOf(500, 2, "USD"),
    message: `Thank you for the stream, that last run was the best so far! ${number}`,
  });
}
