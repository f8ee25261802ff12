import { expect, test } from "bun:test";
import { settled, VirtualClock } from "../../../test/virtual-clock.ts";
import type { SourceSession, Told } from "../../intake/source.ts";
import { CreatorCurrency } from "./creator-currency.ts";
import { retry } from "./ended.ts";
import { ListReader } from "./list.ts";
import { Notes } from "./notes.ts";
import { AskedToWait, type DonationAlertsRest, type DonationPage } from "./rest.ts";

const empty: DonationPage = { text: '{"data":[]}', ids: [], isLast: true, total: 0, perPage: 30 };

/** A list whose first answer is thrown, and what is told of it. */
async function follow(fault: Error) {
  const clock = new VirtualClock();
  const told: Told[] = [];
  const asked: number[] = [];
  const session = {
    memory: "",
    remember: async () => true,
    tell: (state: Told) => void told.push(state),
    take: async () => ({ stored: 0, duplicates: 0, quarantined: 0, noted: 0 }),
  } as unknown as SourceSession;
  const rest = {
    async donations() {
      if (asked.push(clock.now()) === 1) throw fault;
      return empty;
    },
  } as unknown as DonationAlertsRest;
  const notes = new Notes(session);
  const stop = new AbortController();
  const currency = new CreatorCurrency(notes, {});
  const { signal } = stop;
  const list = new ListReader({ rest, session, notes, currency, unsaid: {}, clock, signal, userId: "7" });
  const followed = list.follow();
  await settled();
  return {
    clock,
    asked,
    warning: () => told.findLast((state) => "warning" in state)?.warning,
    async stop() {
      stop.abort();
      await followed;
    },
  };
}

test.each([
  ["a pause of two minutes", new AskedToWait(120_000), 120_000, "asks for a pause of 120 seconds (429)"],
  ["one of eleven days: an hour", new AskedToWait(999_999_000), 3_600_000, "asks for a pause of 3600 seconds (429)"],
  ["one of days with an error of its own: an hour", retry("It is tired.", 1e9), 3_600_000, "It is tired."],
  ["an error: half a minute", retry("It is tired."), 30_000, "It is tired."],
])("asked for %s; it is told, and taken back", async (_, fault, wait, reason) => {
  const { clock, asked, warning, stop } = await follow(fault);
  expect(warning()).toContain(reason);
  await clock.pass(wait - 1);
  expect(asked).toHaveLength(1);
  await clock.pass(1);
  expect(asked).toHaveLength(2);
  await clock.pass(1000);
  expect(warning()).toBeUndefined();
  await stop();
});
