import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Channel } from "../src/access/directory.ts";
import { type EventFacts, streamEvent } from "../src/core/event.ts";
import { moneyOf } from "../src/core/money.ts";
import { LogRecord, type RecordPlace } from "../src/core/record.ts";
import type { Encoder } from "../src/log/hub.ts";
import { DonationAlertsVoice } from "../src/platforms/donationalerts/encode.ts";
import { nativeEncoder } from "../src/platforms/native/encode.ts";
import { PallyEncoder } from "../src/platforms/pally/encode.ts";
import { TuniformEncoder } from "../src/platforms/tuniform/encode.ts";

/**
 * Writes the table of `docs/protocol.md`: what each protocol says of each event, with the exact frames. A change of a
 * frame is seen here, and taken over on purpose: `TIPWIRE_UPDATE_DOCS=1 bun test packages/server/test/protocol-table.test.ts`.
 */
const docs = join(import.meta.dir, "../../../docs/protocol.md");
const pallyPage = join(import.meta.dir, "../../../docs/platforms/pally-compatible.md");
const begin = "<!-- table:begin -->";
const end = "<!-- table:end -->";
const updating = process.env["TIPWIRE_UPDATE_DOCS"] === "1";

const channel: Channel = {
  id: 7,
  slug: "ana",
  title: "Ana plays",
  account: 1,
  kickUsername: "ana_live",
  url: "",
  createdAt: 0,
};
const epoch = "k3f9q2xz";
const donationAlerts = new DonationAlertsVoice(channel, "none");
const encoders: Readonly<Record<string, Encoder>> = {
  native: nativeEncoder(epoch),
  Tuniform: new TuniformEncoder(channel, epoch),
  Pally: new PallyEncoder(channel, epoch, () => "http://localhost:8000"),
  DonationAlerts: {
    encode: (record) => donationAlerts.donations.encode(record) ?? donationAlerts.customAlerts.encode(record),
  },
};
const protocols = Object.keys(encoders);

interface Row {
  readonly name: string;
  readonly record: LogRecord;
  /** Which protocols say it, in the order of the columns, and in which words where not as any other. */
  readonly says: readonly [string, string, string, string];
}

const donation: Partial<EventFacts> = { amount: moneyOf(500, 2, "USD"), message: "Hello!" };
const eventId = "e4k0zq8v1m7xw2chd0000001";
const rows: readonly Row[] = [
  row("donation", donation, {}, ["yes", "`donation`", "`campaigntip.notify`", "`$alerts:donation_<id>`"]),
  row(
    "subscription",
    {
      type: "subscription",
      amount: moneyOf(15_000, 3, "TND"),
      tier: "Gold Tier",
      period: "monthly",
      duration: 30,
      streak: 3,
    },
    {},
    ["yes", "`subscription`", "–", "–"],
  ),
  row("follow", { type: "follow" }, {}, ["yes", "`follow`", "–", "–"]),
  row("raid", { type: "raid" }, {}, ["yes", "`raid`", "–", "–"]),
  row("host", { type: "host" }, {}, ["yes", "`host`", "–", "–"]),
  row("custom", { type: "custom", message: "A wheel was spun." }, {}, ["yes", "–", "–", "`$alerts:custom_alert_<id>`"]),
  row(
    "replay of a donation",
    donation,
    { kind: "replay", replayOf: eventId, id: "ez81n5c0y6p3t9ajb0000002", offset: 2 },
    ["`kind`, `replayOf`", "as an ordinary event", "same tip id, `replay`", "same id"],
  ),
  row("late donation", donation, { arrival: "late" }, [
    "`arrival`",
    "as an ordinary event",
    "as an ordinary tip",
    "as an ordinary donation",
  ]),
  row("imported donation", donation, { arrival: "import" }, ["`arrival`", "–", "–", "–"]),
  row("test donation", { ...donation, test: true }, {}, [
    "`test`",
    "as an ordinary event",
    "`test`",
    "as an ordinary donation",
  ]),
];

function row(name: string, facts: Partial<EventFacts>, place: Partial<RecordPlace>, says: Row["says"]): Row {
  const event = streamEvent({
    type: "donation",
    origin: "key:1",
    externalId: "order-1",
    occurredAt: "2026-04-11T16:00:00.000Z",
    name: "Bo",
    ...facts,
  });
  const at: RecordPlace = {
    channel: channel.id,
    offset: 1,
    kind: "event",
    id: eventId,
    arrival: "live",
    receivedAt: Date.parse("2026-04-11T16:00:00.250Z"),
    replayOf: null,
    number: 1,
    ...place,
  };
  return { name, says, record: new LogRecord(at, JSON.stringify(event)) };
}

function table(): string {
  const lines = [
    `| | ${protocols.join(" | ")} |`,
    `|---|${"---|".repeat(protocols.length)}`,
    ...rows.map(({ name, says }) => `| [${name}](#${anchor(name)}) | ${says.join(" | ")} |`),
    "",
    "DonationAlerts' list of donations holds imported history too. The exact frames:",
  ];
  for (const { name, record } of rows) {
    lines.push("", `### Frames: ${name}`);
    for (const protocol of protocols) {
      const frame = encoders[protocol]?.encode(record) ?? null;
      if (frame === null) lines.push("", `${capital(protocol)}: nothing.`);
      else lines.push("", `${capital(protocol)}:`, "", "```json", frame.trimEnd(), "```");
    }
  }
  return lines.join("\n");
}

function anchor(name: string): string {
  return `frames-${name.replaceAll(" ", "-")}`;
}

function capital(protocol: string): string {
  return protocol.charAt(0).toUpperCase() + protocol.slice(1);
}

test("each protocol says exactly the events that the table gives it", () => {
  for (const { name, record, says } of rows) {
    const said = protocols.map((protocol) => encoders[protocol]?.encode(record) !== null);
    expect([name, ...said]).toEqual([name, ...says.map((words) => words !== "–")]);
  }
});

test("the frames in docs/protocol.md are the frames that are sent", () => {
  const text = existsSync(docs) ? readFileSync(docs, "utf8") : "";
  const wanted = `${begin}\n${table()}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (!updating) {
    expect(text.slice(from, to + end.length)).toBe(wanted);
    return;
  }
  const written =
    from < 0 || to < from
      ? `${text.trimEnd()}\n\n## What each protocol says of each event\n\n${wanted}\n`
      : text.slice(0, from) + wanted + text.slice(to + end.length);
  writeFileSync(docs, written.trimStart());
});

test("the example on the page about Pally's clients is such a frame", () => {
  const [donated] = rows;
  const frame = donated && encoders["Pally"]?.encode(donated.record);
  expect(readFileSync(pallyPage, "utf8")).toContain(`\`\`\`json\n${frame}\n\`\`\``);
});
