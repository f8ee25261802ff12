import { expect, test } from "bun:test";
import type { ConnectionInfo } from "@tipwire/client";
import { connectionsText } from "./connection-text.ts";

/** A time of the day in the time zone of whoever looks. */
const at = (hours: number, minutes: number, day = 21) => new Date(2026, 10, day, hours, minutes, 0).toISOString();
const now = Date.parse(at(14, 5));
const bare = (_: string, text: string) => text;

const live: ConnectionInfo = {
  id: "3",
  channel: "main",
  platform: "donationalerts",
  account: "13907608",
  name: "Ada",
  wanted: true,
  createdAt: at(9, 0),
  quarantined: 0,
  status: "live",
  reason: "",
  since: at(14, 2),
  retryAt: null,
  heardAt: null,
  reconciled: null,
  history: null,
  gaps: [],
  warning: null,
};

test("a line each, in columns, and below it what there is to know", () => {
  const waiting: ConnectionInfo = {
    ...live,
    id: "12",
    channel: "ann",
    platform: "pally",
    account: "page",
    name: "page",
    status: "waiting",
    reason: "Pally does not answer.",
    since: at(23, 59, 20),
    retryAt: at(14, 6),
    heardAt: at(13, 0),
    gaps: [10, 11, 12, 13].map((hour) => ({ from: at(hour, 0), to: at(hour, 30) })),
    quarantined: 2,
  };
  const unknown: ConnectionInfo = {
    ...live,
    id: "4",
    platform: "tuniform",
    account: "",
    name: "",
    status: "connecting",
  };
  expect(connectionsText([live, waiting, unknown], now, bare)).toBe(
    `3   main  donationalerts  Ada (13907608)  live since 14:02:00
12  ann   pally           page            waiting since 2026-11-20 23:59:00 (Pally does not answer.), tries again at 14:06:00
    heard 13:00:00
    nothing heard from 11:00:00 to 11:30:00, and not recoverable
    nothing heard from 12:00:00 to 12:30:00, and not recoverable
    nothing heard from 13:00:00 to 13:30:00, and not recoverable
    2 in quarantine: tipwire connection quarantine 12
4   main  tuniform        -               connecting since 14:02:00
`,
  );
});

test("what was compared, what is being read, what works less well; nothing that a terminal would obey", () => {
  const reconciled = { at: at(14, 2), missing: 0, recovered: 2 };
  const facts = { reconciled, history: { imported: 30, of: 900 }, warning: "Live \u001b[31monly." };
  const text = connectionsText([{ ...live, name: "A\u001b]0;x\u0007da", ...facts }], now, bare);
  expect(text).toBe(
    `3  main  donationalerts  Ada (13907608)  live since 14:02:00
   Live only.
   reconciled 14:02:00: 0 missing, 2 recovered
   reading the history: 30 of 900
`,
  );
  const endless = { ...live, history: { imported: 30, of: null } };
  expect(connectionsText([endless], now, bare)).toContain("reading the history: 30\n");
});
