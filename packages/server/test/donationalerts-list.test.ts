import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Grant } from "../src/access/grants.ts";
import { systemClock } from "../src/core/clock.ts";
import { streamEvent } from "../src/core/event.ts";
import { moneyOf } from "../src/core/money.ts";
import { DonationAlertsApi } from "../src/platforms/donationalerts/api.ts";
import { RealtimeTokens } from "../src/platforms/donationalerts/realtime-tokens.ts";
import { openSqliteStore } from "../src/store/sqlite/open.ts";
import type { Store } from "../src/store/store.ts";

const million = 1_000_000;

/** A channel with a million donations, written past the log: what is looked at is how they are read. */
async function millionaire(path: string): Promise<Store> {
  const made = openSqliteStore(path, { clock: systemClock, ring: () => undefined });
  const account = await made.directory.createAccount("ana", false);
  if (account === "name-taken") throw new Error("taken");
  await made.directory.createChannel("ana", account.id, { title: "", kickUsername: "", url: "" });
  await made.close();
  const body = JSON.stringify(
    streamEvent({
      type: "donation",
      origin: "test:1",
      externalId: "x",
      occurredAt: "2026-04-11T16:00:00.000Z",
      amount: moneyOf(500, 2, "USD"),
    }),
  );
  const db = new Database(path);
  db.run(`WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < ${million})
    INSERT INTO record SELECT i, 1, i, 0, 'test:1', i, printf('e%023d', i), 0, i, NULL, '${body}', NULL FROM counted`);
  db.run("INSERT INTO donation SELECT 1, n, n FROM record");
  db.run(`INSERT INTO projection VALUES ('ledger', 1, ${million})`);
  db.close();
  return openSqliteStore(path, { clock: systemClock, ring: () => undefined });
}

test("a page costs the same wherever it lies among a million donations", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tipwire-million-"));
  const store = await millionaire(join(directory, "tipwire.db"));
  const api = new DonationAlertsApi({
    ...store,
    tokens: new RealtimeTokens("00", () => 0),
    clock: systemClock,
    payinSystem: "none",
    connectionSeconds: 0,
    subscriptionSeconds: 0,
    publicUrl: () => "http://localhost",
  });
  const grant: Grant = { id: 1, application: 1, account: 1, channel: 1, scopes: [], createdAt: 0, revokedAt: null };
  const last = Math.ceil(million / 30);
  const page = async (number: number) =>
    JSON.parse(await api.donations(grant, number)) as { data: { id: number }[]; meta: object };
  expect((await page(1)).data.map(({ id }) => id - 1_500_000_000)).toEqual(
    Array.from({ length: 30 }, (_, i) => million - i),
  );
  expect((await page(last)).data.map(({ id }) => id - 1_500_000_000)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  expect((await page(17_000)).meta).toMatchObject({ total: million, last_page: last, from: 509_971, to: 510_000 });

  /** Milliseconds that the middle one of 300 pages takes. */
  const median = async (of: (i: number) => number) => {
    const times: number[] = [];
    for (let i = 0; i < 300; i++) {
      const began = performance.now();
      await api.donations(grant, of(i));
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b)[150] as number;
  };
  const first = await median((i) => 1 + (i % 10));
  const deep = await median((i) => 1000 + ((i * 7919) % (last - 1000)));
  console.log(`a page of 30 out of a million: ${first.toFixed(2)} ms at the front, ${deep.toFixed(2)} ms anywhere`);
  expect(deep).toBeLessThan(3 * first + 1);
  await store.close();
  rmSync(directory, { recursive: true });
}, 60_000);
