import type { PostgresServer } from "../../packages/server/test/postgres-server.ts";
import type { Random } from "../../packages/server/test/random.ts";
import type { Kill } from "../ledger.ts";
import { caughtUpWithSending, momentWithinBurst } from "../moment.ts";
import { pause } from "../pause.ts";
import type { NodesWorld } from "./world.ts";

export const faultKinds = [
  "kill -9 of a node",
  "a node stopped as a deploy does",
  "PostgreSQL stopped at once",
  "doorbell connections killed",
  "a doorbell connection frozen",
  "doorbell connections half-open",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What is done to the world, one fault after the other; a frozen connection stays so while others go on. */
export class Faults {
  readonly kills: Kill[] = [];
  /** Nodes that did not stop when they were asked to. */
  stuck = 0;
  readonly counts = new Map<FaultKind, number>(faultKinds.map((kind) => [kind, 0]));
  /** When each began, milliseconds of this process. */
  readonly begun: { readonly kind: FaultKind; readonly at: number }[] = [];
  readonly #world: NodesWorld;
  readonly #postgres: PostgresServer;
  readonly #random: Random;
  readonly #frozenFor: number;
  #frozen: Promise<void> | undefined;

  /** `frozenFor`: how long a connection stays frozen, milliseconds. */
  constructor(world: NodesWorld, postgres: PostgresServer, random: Random, frozenFor: number) {
    this.#world = world;
    this.#postgres = postgres;
    this.#random = random;
    this.#frozenFor = frozenFor;
  }

  async inject(kind: FaultKind): Promise<void> {
    this.begun.push({ kind, at: performance.now() });
    await this.#done[kind]();
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Resolves when nothing is frozen any more. */
  async thawed(): Promise<void> {
    await this.#frozen;
  }

  readonly #done: Readonly<Record<FaultKind, () => Promise<void>>> = {
    "kill -9 of a node": () => this.#kill(),
    "a node stopped as a deploy does": () => this.#deploy(),
    "PostgreSQL stopped at once": () => this.#restartDatabase(),
    "doorbell connections killed": () => this.#killDoorbells(),
    "a doorbell connection frozen": () => this.#freezeDoorbell(),
    "doorbell connections half-open": async () => {
      for (const { doorbell } of this.#world.nodes) if (this.#random.chance(0.7)) doorbell?.forsake();
    },
  };

  async #kill(): Promise<void> {
    const { feeder } = this.#world;
    if (this.#random.chance(0.8)) await caughtUpWithSending(feeder);
    await momentWithinBurst(feeder, this.#random);
    const { server } = this.#world.any(this.#random);
    const kill = feeder.killed(this.kills.length + 1, server.url);
    this.kills.push(kill);
    await server.restart("kill");
  }

  async #deploy(): Promise<void> {
    const { server } = this.#world.any(this.#random);
    try {
      await server.restart("clean");
    } catch {
      this.stuck++;
      await server.restart("kill");
    }
  }

  async #restartDatabase(): Promise<void> {
    await this.thawed();
    await momentWithinBurst(this.#world.feeder, this.#random);
    const outage = { from: performance.now(), to: Number.POSITIVE_INFINITY };
    this.#world.outages.push(outage);
    await this.#postgres.halt();
    await pause(this.#random.between(0, 1500));
    await this.#postgres.run();
    outage.to = performance.now();
  }

  async #killDoorbells(): Promise<void> {
    await this.#postgres.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tipwire doorbell'",
    );
  }

  async #freezeDoorbell(): Promise<void> {
    await this.thawed();
    const rows = await this.#postgres.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'tipwire doorbell'",
    );
    const pid = rows[this.#random.below(rows.length)]?.pid;
    if (pid === undefined) return;
    process.kill(pid, "SIGSTOP");
    this.#frozen = pause(this.#frozenFor).then(() => {
      try {
        process.kill(pid, "SIGCONT");
      } catch {
        // It was ended meanwhile.
      }
    });
  }
}
