import { expect, test } from "bun:test";
import { databases } from "../test/databases.ts";
import { VirtualClock } from "../test/virtual-clock.ts";
import { startApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { memoryDoorbell } from "./doorbell/memory.ts";
import { Metrics } from "./http/metrics.ts";

test("a node that stops says so to whoever asks whether it is ready, for as long as it still answers", async () => {
  const database = await databases["sqlite"]?.();
  if (database === undefined) throw new Error("There is no SQLite.");
  const clock = new VirtualClock();
  const doorbell = memoryDoorbell();
  const store = await database.open(doorbell.ring, clock);
  const config = readConfig({ flags: ["--host=127.0.0.1", "--port=0"], env: {}, usualDataDir: "/nowhere" });
  const files = async () => undefined;
  const app = await startApp({ config, store, doorbell, clock, files, note: () => undefined, metrics: new Metrics() });
  const ready = async () => {
    const answer = await fetch(`${app.url}/readyz`);
    return [answer.status, await answer.json()];
  };
  expect(await ready()).toEqual([200, { status: "ready" }]);
  const stopped = app.stop();
  expect(await ready()).toEqual([503, { status: "stopping" }]);
  // Its sockets are told goodbye meanwhile.
  await clock.pass(100);
  await stopped;
  await store.close();
  await database.drop();
});
