import { expect, test } from "bun:test";
import fc from "fast-check";
import { retryDelay } from "./backoff.ts";

test("a wait is drawn from the upper half of what doubles up to the cap, after any number of failures", () => {
  const facts = { failures: fc.integer({ min: 1, max: 5000 }), drawn: fc.double({ min: 0, max: 0.999, noNaN: true }) };
  fc.assert(
    fc.property(fc.record(facts), ({ failures, drawn }) => {
      const most = failures > 6 ? 60_000 : 1000 * 2 ** (failures - 1);
      const wait = retryDelay(failures, { first: 1000, cap: 60_000 }, () => drawn);
      expect(wait).toBeGreaterThanOrEqual(most / 2);
      expect(wait).toBeLessThanOrEqual(most);
    }),
  );
});
