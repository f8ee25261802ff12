import type { Clock } from "../src/core/clock.ts";
import type { Ring } from "../src/log/doorbell.ts";
import type { NodeSessions, SessionName } from "../src/log/node-session.ts";
import { Conductor } from "../src/stage/conductor.ts";
import type { Stages } from "../src/stage/stages.ts";
import type { StageWorld } from "./stage-world.ts";

/** One process: its conductor, until it dies with everything under way in it, or is frozen and knows nothing of the time that passes. */
export class SimulatedNode {
  readonly conductor: Conductor;
  /** As which it is known; another one when it slept through the end of it. */
  session: SessionName;
  isAlive = true;
  isFrozen = false;
  /** It cannot reach its store: every call fails. */
  hasNoStore = false;
  readonly #ring: Ring;
  readonly #world: StageWorld;
  /** What happened while it was frozen. */
  #deferred: (() => void)[] = [];

  constructor(world: StageWorld) {
    this.#world = world;
    this.session = world.newSession();
    const listeners = new Set<Ring>();
    this.#ring = (topic, version) => {
      if (world.random.chance(world.lostRings)) return;
      world.clock.after(world.random.below(20), () => {
        this.whenAwake(() => {
          for (const hear of listeners) hear(topic, version);
        });
      });
    };
    world.database.rings.add(this.#ring);
    const session = () => this.session;
    this.conductor = new Conductor({
      stages: this.#through(world.database.store.stages),
      sessions: { ended: async (names) => names.filter((name) => !world.isLiving(name)) } as Pick<
        NodeSessions,
        "ended"
      >,
      node: {
        get sessionName() {
          return session();
        },
      },
      doorbell: {
        ring: this.#ring,
        listen(hear) {
          listeners.add(hear);
          return () => listeners.delete(hear);
        },
      },
      clock: this.#ownClock(),
    });
  }

  /** `kill -9`: what was under way has taken effect or not, and nobody hears of it. */
  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#world.died(this);
    this.#world.database.rings.delete(this.#ring);
    this.conductor.stop();
  }

  /** `kill -STOP`: nothing of it goes on, and its session ends unless it is thawed in time. */
  freeze(): void {
    if (this.isFrozen || !this.isAlive) return;
    this.isFrozen = true;
    this.#world.froze(this);
  }

  /** It goes on where it was, as who it was, until a beat tells it better. */
  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    const { clock, random } = this.#world;
    if (!this.#world.thawed(this)) {
      clock.after(random.below(1000), () => {
        this.session = this.#world.newSession();
      });
    }
    for (const call of this.#deferred.splice(0)) this.whenAwake(call);
  }

  /** Now, or when it is thawed; never once it is dead. */
  whenAwake(call: () => void): void {
    if (this.isFrozen) this.#deferred.push(call);
    else if (this.isAlive) call();
  }

  #through(stages: Stages): Stages {
    const { clock, random, storeDelay } = this.#world;
    const passing = async () => {
      await new Promise<void>((resolve) => {
        if (storeDelay === 0) this.whenAwake(resolve);
        else clock.after(random.below(storeDelay), () => this.whenAwake(resolve));
      });
      if (this.hasNoStore) throw new Error("the store is away");
    };
    return new Proxy(stages, {
      get(target, name: keyof Stages) {
        const call = target[name] as (...values: unknown[]) => Promise<unknown>;
        return async (...values: unknown[]) => {
          await passing();
          const answer = await call(...values);
          await passing();
          return answer;
        };
      },
    });
  }

  #ownClock(): Clock {
    const { clock } = this.#world;
    const living = (call: () => void) => () => this.whenAwake(call);
    return {
      now: () => clock.now(),
      soon: (call) => clock.soon(living(call)),
      after: (ms, call) => clock.after(ms, living(call)),
      every: (ms, call) => clock.every(ms, living(call)),
    };
  }
}
