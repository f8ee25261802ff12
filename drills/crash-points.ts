import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PostgresServer } from "../packages/server/test/postgres-server.ts";
import { Random } from "../packages/server/test/random.ts";
import { type CrashPoint, crashingAt, crashPoints } from "./crash/points.ts";
import type { Flags } from "./flags.ts";
import { caughtUp } from "./followers/caught-up.ts";
import { judgeWorld } from "./nodes/judgement.ts";
import { type Node, NodesWorld } from "./nodes/world.ts";
import { pause } from "./pause.ts";
import { table } from "./table.ts";
import { isClean, kinds, sum } from "./verdict.ts";

/** Until a server has come to the point so often; milliseconds. */
const hitWithin = 30_000;

/** The server ends at every point between an event's arrival and its last follower, in the midst of others, on both stores. */
export const crashPointsDrill = {
  name: "crash-points",
  flag: "crash-points",
  help: `kill -9 exactly before and after append, commit, acknowledgement, ring, send and cursor store, on both stores.
--crash-points HITS of each (10)  --seed S (random)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    const hits = flags.number("crash-points", 10, 1);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    flags.refuseOthers();
    print(`drill crash-points: seed ${seed}, ${crashPoints.length} points, ${hits} hits of each, on two stores`);
    const random = new Random(seed);
    const begun = performance.now();
    const postgres = await PostgresServer.start();
    try {
      const stores = [
        { name: "SQLite", ...(await crashAgainAndAgain(hits, 1, random.fork())) },
        { name: "PostgreSQL", ...(await crashAgainAndAgain(hits, 3, random.fork(), postgres)) },
      ];
      const names = stores.map(({ name }) => name);
      print(
        table([["hits", ...names], ...crashPoints.map((at) => [at, ...stores.map(({ hit }) => hit.get(at) ?? 0)])]),
      );
      print("");
      const found = stores.map(({ name, records, acknowledged, violations }) => [
        name,
        acknowledged,
        records,
        ...kinds.map((kind) => violations[kind]),
      ]);
      print(table([["logs and followers", "acknowledged", "records", ...kinds], ...found]));
      print(`${((performance.now() - begun) / 1000).toFixed(1)} s`);
      return stores.every(
        ({ hit, violations, records, acknowledged, resets }) =>
          isClean(violations) &&
          resets === 0 &&
          records === acknowledged &&
          crashPoints.every((at) => hit.get(at) === hits),
      );
    } finally {
      await postgres.drop();
    }
  },
};

async function crashAgainAndAgain(hits: number, nodes: number, random: Random, postgres?: PostgresServer) {
  const preload = join(import.meta.dir, "crash/preload.ts");
  const options = { nodes, channels: 20, rate: 200, random: random.fork(), preload, ...(postgres && { postgres }) };
  await using world = await NodesWorld.start(options);
  world.begin();
  const due = crashPoints
    .flatMap((point) => Array.from({ length: hits }, () => ({ point, place: random.next() })))
    .sort((a, b) => a.place - b.place);
  const hit = new Map<CrashPoint, number>();
  let misses = 0;
  const crash = async (node: Node) => {
    for (let next = due.pop(); next !== undefined; next = due.pop()) {
      if (await crashAt(node, next.point, random)) hit.set(next.point, (hit.get(next.point) ?? 0) + 1);
      // The other nodes may have done all that leads there; its turn comes again.
      else if (++misses <= crashPoints.length) due.unshift(next);
    }
    await node.server.restart("kill", node.env);
  };
  await Promise.all(world.nodes.map(crash));
  const logs = await world.finish();
  await caughtUp(world.followers, logs);
  await Promise.all(world.followers.map((follower) => follower.stop()));
  const { inLogs, perKind, records } = judgeWorld(world, logs);
  const violations = sum([inLogs, ...perKind.map(({ violations }) => violations)]);
  const resets = world.followers.reduce((count, follower) => count + follower.resets, 0);
  return { hit, records, violations, resets, acknowledged: world.ledger.acknowledged };
}

/** Whether it ended there. What comes with every new connection is passed more often than the rest, totals less. */
async function crashAt({ server, env }: Node, point: CrashPoint, random: Random): Promise<boolean> {
  const often = point.endsWith("send") ? 200 : point.endsWith("cursor store") ? 3 : 8;
  const pass = 1 + random.below(often);
  const note = join(server.dataDir, "crashed");
  // It may come to the point before it has said that it listens.
  await server.restart("kill", { ...env, ...crashingAt(point, pass, note) }).catch(() => undefined);
  for (const deadline = performance.now() + hitWithin; performance.now() < deadline; await pause(10)) {
    if (!existsSync(note)) continue;
    await server.ended;
    rmSync(note);
    return true;
  }
  return false;
}
