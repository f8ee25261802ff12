/**
 * Appends to a store and says each acknowledgement on standard output, as an HTTP answer does. For drills that ask for
 * less than the program ever does: `append-acknowledged.ts DIRECTORY FULL|OFF COUNT`.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../packages/server/src/core/clock.ts";
import { streamEvent } from "../../packages/server/src/core/event.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";

const [directory = "", synchronous, count = "0"] = process.argv.slice(2);
const store = openSqliteStore(join(directory, "tipwire.db"), {
  clock: systemClock,
  ring: () => undefined,
  synchronous: synchronous === "OFF" ? "OFF" : "FULL",
});
const account = await store.directory.createAccount("admin", true);
if (account === "name-taken") throw new Error("The directory is not a new one.");
const channel = await store.directory.createChannel("drill-0", account.id, { title: "", kickUsername: "", url: "" });
if (channel === "name-taken") throw new Error("The directory is not a new one.");
for (let number = 0; number < Number(count); number++) {
  const externalId = `c0-${number}`;
  const occurredAt = new Date().toISOString();
  const event = streamEvent({ type: "follow", origin: "drill", externalId, message: externalId, occurredAt });
  const { record } = await store.log.append({ channel: channel.id, arrival: "live", event });
  writeSync(1, `{"id":"${record.id}","cursor":"${externalId}","status":"stored"}\n`);
}
await store.close();
