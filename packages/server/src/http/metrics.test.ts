import { expect, test } from "bun:test";
import type { ConnectionState, SourcePlatform } from "../intake/connection.ts";
import type { StoredConnection } from "../intake/connections.ts";
import { Metrics } from "./metrics.ts";

const now = 1_700_000_100_000;

function running(id: number, platform: SourcePlatform, state: Omit<ConnectionState, "reason" | "since">) {
  const connection = { id, platform } as StoredConnection;
  return { connection, state: { reason: "", since: 1_700_000_000_000, ...state } };
}

test("each connection of the node by its number: its status, since when, its silence and the last comparison", async () => {
  const metrics = new Metrics();
  let connections = [
    running(3, "donationalerts", {
      status: "live",
      heardAt: 1_700_000_098_500,
      reconciled: { at: 1_700_000_060_000, missing: 0, recovered: 0 },
    }),
    running(4, "pally", { status: "needs-authorization" }),
  ];
  metrics.watch({
    sessions: () => ({}),
    followers: () => ({ count: 0, lag: 0 }),
    followedChannels: () => 0,
    fence: () => 0,
    storeWell: () => true,
    connections: () => connections,
    now: () => now,
  });
  const read = async () =>
    (await metrics.text()).body
      .split("\n")
      .filter((line) => line.startsWith("tipwire_connection_"))
      .sort();
  expect(await read()).toEqual([
    'tipwire_connection_reconciled_timestamp_seconds{platform="donationalerts",connection="3"} 1700000060',
    'tipwire_connection_silence_seconds{platform="donationalerts",connection="3"} 1.5',
    'tipwire_connection_since_timestamp_seconds{platform="donationalerts",connection="3"} 1700000000',
    'tipwire_connection_since_timestamp_seconds{platform="pally",connection="4"} 1700000000',
    'tipwire_connection_state{platform="donationalerts",connection="3",status="live"} 1',
    'tipwire_connection_state{platform="pally",connection="4",status="needs-authorization"} 1',
  ]);
  connections = [];
  expect(await read()).toEqual([]);
});
