/** Tipwire's log alone, or bare bun:sqlite, as 64 producers in the same process use it. */
import { join } from "node:path";
import { systemClock } from "../../packages/server/src/core/clock.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import { donation } from "../donation.ts";
import { answerQuestions } from "../worker.ts";
import { BareRecords } from "./bare-record.ts";
import { scratchDirectory } from "./directory.ts";

const directory = scratchDirectory();
const store = openSqliteStore(join(directory.path, "tipwire.db"), { clock: systemClock, ring: () => undefined });
const account = await store.directory.createAccount("admin", true);
if (account === "name-taken") throw new Error("taken");
const channel = await store.directory.createChannel("main", account.id, { title: "", kickUsername: "", url: "" });
if (channel === "name-taken") throw new Error("taken");
const bare = new BareRecords(directory.path);

export interface Appends {
  readonly producers: number;
  /** Of each, one after the other. */
  readonly appends: number;
}

answerQuestions(
  {
    /** Milliseconds for all of them. */
    async append({ producers, appends }: Appends): Promise<number> {
      const begun = performance.now();
      const produce = async () => {
        for (let i = 0; i < appends; i++) {
          await store.log.append({ channel: channel.id, event: donation(), arrival: "live" });
        }
      };
      await Promise.all(Array.from({ length: producers }, produce));
      return performance.now() - begun;
    },
    /** The same rows in the same transactions. */
    bare({ producers, appends }: Appends): number {
      const begun = performance.now();
      for (let i = 0; i < appends; i++) bare.commit(producers);
      return performance.now() - begun;
    },
  },
  async () => {
    await store.close();
    bare.close();
    directory.remove();
  },
);
