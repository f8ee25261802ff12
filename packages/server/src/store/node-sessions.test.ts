import { describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { endings } from "../../test/endings.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { NodeSession, type NodeSessions, sessionName, sessionTtl } from "../log/node-session.ts";

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

function suite(create: () => Promise<TestDatabase>): void {
  const ends = endings();

  async function database(): Promise<TestDatabase> {
    const made = await create();
    ends.push(() => made.drop());
    return made;
  }

  /** A node's way to the store. Its own clock is far off, which must not matter. */
  async function sessionsOf(on: TestDatabase, clock: Clock = yearsAhead): Promise<NodeSessions> {
    const store = await on.open(() => undefined, clock);
    ends.push(() => store.close());
    return store.nodeSessions;
  }

  /** A running node: it beats when the test says so, and its own time passes with `pass`. */
  async function node(on: TestDatabase, sessions?: NodeSessions) {
    const own = { time: 0 };
    const made = new NodeSession({
      sessions: sessions ?? (await sessionsOf(on)),
      clock: { ...systemClock, every: () => () => undefined },
      name: "a node",
      monotonic: () => own.time,
    });
    await made.beat();
    ends.push(() => made.stop());
    return { made, own };
  }

  /** Time goes by for the database, and for nothing else. */
  const pass = (on: TestDatabase, ms: number) => on.run(`UPDATE node_session SET beaten_at = beaten_at - (${ms})`);

  test("which sessions have ended is told by their names", async () => {
    const on = await database();
    const [a, b] = [await sessionsOf(on), await sessionsOf(on)];
    const [first, second] = [await a.begin("a"), await b.begin("b")];
    const [one, two] = [sessionName(first), sessionName(second)];
    expect(await a.ended([one, two, "0/none"])).toEqual(["0/none"]);
    await b.end(second);
    expect(await a.ended([one, two])).toEqual([two]);
    await pass(on, sessionTtl);
    expect(await b.ended([one, `${first.fence}/another`])).toEqual([one, `${first.fence}/another`]);
  });

  test("one holder at a time; what is let go is free, with what was kept", async () => {
    const on = await database();
    const [a, b] = [await sessionsOf(on), await sessionsOf(on)];
    const first = await a.begin("a");
    const second = await b.begin("b");
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(await a.hold(first, "job:x")).toEqual({ status: "held", state: "" });
    expect(await b.hold(second, "job:x")).toMatchObject({ status: "taken" });
    expect(await b.hold(second, "job:y")).toEqual({ status: "held", state: "" });
    expect(await a.keep(first, "job:x", "at 7")).toBe(true);
    expect(await b.keep(second, "job:x", "at 9")).toBe(false);
    expect(await a.hold(first, "job:x")).toEqual({ status: "held", state: "at 7" });
    await b.release(second, "job:x");
    expect(await b.hold(second, "job:x")).toMatchObject({ status: "taken" });
    await a.release(first, "job:x");
    expect(await a.keep(first, "job:x", "too late")).toBe(false);
    expect(await b.hold(second, "job:x")).toEqual({ status: "held", state: "at 7" });
    await b.end(second);
    expect(await a.hold(first, "job:x")).toEqual({ status: "held", state: "at 7" });
  });

  test("killed: what it held stays its own for five seconds, and is free then", async () => {
    const on = await database();
    const killed = await sessionsOf(on);
    const session = await killed.begin("killed");
    await killed.hold(session, "source:1");
    await killed.keep(session, "source:1", "at 7");
    const { made: other } = await node(on);
    await pass(on, sessionTtl - 1000);
    await other.beat();
    expect(await other.hold("source:1")).toBeUndefined();
    await pass(on, 1000);
    expect((await other.hold("source:1"))?.state).toBe("at 7");
  });

  test("frozen and thawed: its late writes are fenced off, it ends what it does, and begins anew with a higher fence", async () => {
    const on = await database();
    const { made: frozen } = await node(on);
    const { made: other } = await node(on);
    const held = await frozen.hold("source:1");
    const before = frozen.fence;
    await pass(on, sessionTtl);
    // Not even where nobody has taken it yet.
    expect(await held?.keep("late")).toBe(false);
    await other.beat();
    const successor = await other.hold("source:1");
    expect(successor?.state).toBe("");
    expect(await successor?.keep("at 8")).toBe(true);
    expect(await held?.keep("later still")).toBe(false);
    await held?.release();
    expect(held?.ended.aborted).toBe(true);
    await frozen.beat();
    expect(frozen.fence).toBeGreaterThan(before);
    expect(await frozen.hold("source:1")).toBeUndefined();
    expect(await successor?.keep("at 9")).toBe(true);
    await successor?.release();
    expect((await frozen.hold("source:1"))?.state).toBe("at 9");
  });

  test("a node that hears nothing from the database for five seconds ends what it does by itself", async () => {
    const on = await database();
    const sessions = await sessionsOf(on);
    let away = false;
    const { made, own } = await node(on, {
      ...sessions,
      beat: (session) => (away ? new Promise(() => undefined) : sessions.beat(session)),
    });
    ends.pop();
    const held = await made.hold("source:1");
    own.time += sessionTtl - 1;
    await made.beat();
    own.time += sessionTtl - 1;
    expect(held?.ended.aborted).toBe(false);
    away = true;
    void made.beat();
    own.time += 1;
    void made.beat();
    expect(held?.ended.aborted).toBe(true);
    expect(made.fence).toBe(0);
  });

  test("a clock that jumps: a node's own means nothing, the database's costs a new session and keeps nobody alive", async () => {
    const on = await database();
    const dead = await sessionsOf(on);
    const session = await dead.begin("dead");
    await dead.hold(session, "job:x");
    const nodes = [await node(on, await sessionsOf(on, yearsBehind)), await node(on)];
    const [a, b] = nodes.map(({ made }) => made) as [NodeSession, NodeSession];
    const held = await a.hold("job:y");
    for (const hour of [3_600_000, -3_600_000]) {
      const fences = [a.fence, b.fence];
      await pass(on, hour);
      await Promise.all([a.beat(), b.beat()]);
      expect([a.fence > (fences[0] ?? 0), b.fence > (fences[1] ?? 0)]).toEqual([true, true]);
      expect(await dead.beat(session)).toBe(false);
      expect(await held?.keep("late")).toBe(false);
      const x = await b.hold("job:x");
      expect(x).toBeDefined();
      expect((await a.hold("job:y"))?.ended.aborted).toBe(false);
      await x?.release();
    }
  });

  test("two of everything at once: each thing has one holder, and each holder only its own", async () => {
    const on = await database();
    const nodes = [await node(on), await node(on), await node(on)].map(({ made }) => made);
    const names = Array.from({ length: 20 }, (_, i) => `source:${i}`);
    const tried = await Promise.all(
      nodes.flatMap((each, i) =>
        (i === 1 ? names.toReversed() : names).map(async (name) => ({ name, held: await each.hold(name) })),
      ),
    );
    const holders = tried.filter(({ held }) => held !== undefined);
    expect(holders.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(await Promise.all(holders.map(({ held }) => held?.keep("mine")))).toEqual(names.map(() => true));
    await Promise.all(nodes.map((each) => each.beat()));
    expect(tried.filter(({ held }) => held?.ended.aborted === false)).toHaveLength(names.length);
  });

  test("a stopped node leaves nothing behind but what it kept", async () => {
    const on = await database();
    const { made: a } = await node(on);
    const { made: b } = await node(on);
    const held = await a.hold("job:x");
    await held?.keep("at 7");
    await a.stop();
    expect(held?.ended.aborted).toBe(true);
    expect((await b.hold("job:x"))?.state).toBe("at 7");
  });
}

const yearsAhead: Clock = { ...systemClock, now: () => Date.now() + 1e11 };
const yearsBehind: Clock = { ...systemClock, now: () => Date.now() - 1e11 };
