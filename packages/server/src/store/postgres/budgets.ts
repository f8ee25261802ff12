import { type Budgets, withNextSlot } from "../../intake/budget.ts";
import type { Database } from "./database.ts";

/**
 * Shared budgets of requests in PostgreSQL. No lock is held while anything travels: who finds that another node was quicker
 * draws again. Within a node one draws after the other.
 */
export function postgresBudgets(database: Database): Budgets {
  const turns = new Map<string, Promise<number>>();

  async function draw(name: string, perMinute: number, given: number | undefined): Promise<number> {
    const sql = "SELECT slots, database_time() AS now FROM budget WHERE name = $1";
    for (;;) {
      const [budget] = await database.query<{ slots: string; now: number }>(sql, [name]);
      if (budget === undefined) {
        await database.write("INSERT INTO budget VALUES ($1, '[]') ON CONFLICT DO NOTHING", [name]);
        continue;
      }
      const now = given ?? budget.now;
      const slots = withNextSlot(JSON.parse(budget.slots) as number[], perMinute, now);
      const change = "UPDATE budget SET slots = $2 WHERE name = $1 AND slots = $3 RETURNING name";
      const kept = await database.write(change, [name, JSON.stringify(slots), budget.slots]);
      if (kept.length > 0) return (slots.at(-1) ?? now) - now;
    }
  }

  return {
    reserve(name, perMinute, now) {
      const next = () => draw(name, perMinute, now);
      const turn = (turns.get(name) ?? Promise.resolve(0)).then(next, next);
      turns.set(name, turn);
      return turn;
    },
  };
}
