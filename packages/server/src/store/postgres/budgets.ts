import { type Budgets, withNextSlot } from "../../intake/budget.ts";
import type { Database } from "./database.ts";

/** Shared budgets of requests in PostgreSQL. */
export function postgresBudgets(database: Database): Budgets {
  return {
    async reserve(name, perMinute, given) {
      const { result } = await database.transaction(async ({ query }) => {
        await query("INSERT INTO budget VALUES ($1, '[]') ON CONFLICT DO NOTHING", [name]);
        const [budget] = await query<{ slots: string; now: number }>(
          "SELECT slots, database_time() AS now FROM budget WHERE name = $1 FOR UPDATE",
          [name],
        );
        const now = given ?? budget?.now ?? 0;
        const slots = withNextSlot(JSON.parse(budget?.slots ?? "[]") as number[], perMinute, now);
        await query("UPDATE budget SET slots = $2 WHERE name = $1", [name, JSON.stringify(slots)]);
        return (slots.at(-1) ?? now) - now;
      });
      return result;
    },
  };
}
