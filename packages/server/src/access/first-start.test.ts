import { expect, test } from "bun:test";
import { systemClock } from "../core/clock.ts";
import { openSqliteStore } from "../store/sqlite/open.ts";
import type { Directory } from "./directory.ts";
import { administratorKey, prepareFirstStart } from "./first-start.ts";
import { sha256 } from "./secrets.ts";

test("a first start that is cut off at any point is done again by the next one, and shows its link once", async () => {
  const calls: readonly (keyof Directory)[] = ["createAccount", "createChannel", "rotateToken", "createKey"];
  for (const cut of calls) {
    for (const tookEffect of [false, true]) {
      const store = openSqliteStore(":memory:", { ring: () => undefined, clock: systemClock });
      const { directory } = store;
      const crashing = new Proxy(directory, {
        get(target, name: keyof Directory) {
          const method = target[name] as (...args: unknown[]) => Promise<unknown>;
          if (name !== cut) return method;
          return async (...args: unknown[]) => {
            if (tookEffect) await method(...args);
            throw new Error("cut off");
          };
        },
      });
      const start = async (directory: Directory) => {
        const first = await prepareFirstStart(directory);
        return { first, key: await administratorKey(directory, undefined) };
      };
      await expect(start(crashing)).rejects.toThrow("cut off");
      const next = await start(directory);
      if (cut !== "createKey" || !tookEffect) {
        const token = await directory.tokenForAuthentication(sha256(next.first?.streamToken ?? ""));
        expect(token).toMatchObject({ channel: 1, expiresAt: null });
      }
      expect((await start(directory)).first).toBeUndefined();
      expect((await directory.accounts()).map(({ name }) => name)).toEqual(["admin"]);
      expect((await directory.channels()).map(({ slug }) => slug)).toEqual(["main"]);
      await store.close();
    }
  }
});
