import { type Budgets, withNextSlot } from "../../intake/budget.ts";
import type { Writer } from "./writer.ts";

/** Shared budgets of requests in SQLite. */
export function sqliteBudgets(writer: Writer): Budgets {
  const { db } = writer;
  const time = db.query<{ now: number }, []>("SELECT now FROM database_time");
  const slotsOf = db.query<{ slots: string }, [string]>("SELECT slots FROM budget WHERE name = ?");
  const keep = db.query<null, [string, string]>(
    "INSERT INTO budget VALUES (?, ?) ON CONFLICT DO UPDATE SET slots = excluded.slots",
  );

  return {
    reserve: async (name, perMinute, given) =>
      writer.transaction(() => {
        const now = given ?? time.get()?.now ?? 0;
        const slots = withNextSlot(JSON.parse(slotsOf.get(name)?.slots ?? "[]") as number[], perMinute, now);
        keep.run(name, JSON.stringify(slots));
        return (slots.at(-1) ?? now) - now;
      }),
  };
}
