import { noFaults } from "../../packages/server/src/sandbox/faults.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { pause } from "../pause.ts";
import type { DrilledServer } from "../server.ts";
import type { Giver } from "./giver.ts";
import type { DrilledPlatform } from "./platforms.ts";
import type { SourcesWorld } from "./world.ts";

export const faultKinds = [
  "kill -9 of the node that is connected",
  "a node stopped as a deploy does",
  "the line cut",
  "sockets closed with a code",
  "access tokens expired",
  "429 for two seconds, some with Retry-After",
  "5xx for two seconds",
  "frames lost for two seconds",
  "damaged frames",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export const kill: FaultKind = "kill -9 of the node that is connected";

/** How long the sandbox answers badly, milliseconds. */
const badly = 2000;

/** What is done to a connection, one fault after the other, while donations are given. */
export class Faults {
  readonly counts = new Map<FaultKind, number>();
  /** When a node was killed, milliseconds since 1970. */
  readonly kills: number[] = [];
  readonly #world: SourcesWorld;
  readonly #platform: DrilledPlatform;
  readonly #giver: Giver;
  readonly #random: Random;
  #closed = 0;

  constructor(world: SourcesWorld, platform: DrilledPlatform, giver: Giver, random: Random) {
    this.#world = world;
    this.#platform = platform;
    this.#giver = giver;
    this.#random = random;
  }

  async inject(kind: FaultKind): Promise<void> {
    await this.#done[kind]();
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  readonly #done: Readonly<Record<FaultKind, () => Promise<unknown>>> = {
    "kill -9 of the node that is connected": () => this.#kill(),
    "a node stopped as a deploy does": () => this.#world.any(this.#random).restart("clean"),
    "the line cut": async () => this.#world.line.cut(),
    "sockets closed with a code": () => this.#world.sandbox.now({ close: this.#nextClose() }),
    "access tokens expired": async () => {
      await this.#world.sandbox.now({ expireTokens: true });
      this.#world.line.cut();
    },
    "429 for two seconds, some with Retry-After": () =>
      this.#badly({ tooMany: 0.9, retryAfter: this.#random.chance(0.5) ? 1 : 0 }),
    "5xx for two seconds": () => this.#badly({ serverError: 0.9, serverErrorStatus: 500 + this.#random.below(5) }),
    "frames lost for two seconds": () => this.#badly({ drop: 0.5 }),
    "damaged frames": () => this.#world.sandbox.now({ damage: true }),
  };

  /** In the midst of donations that are on their way. */
  async #kill(): Promise<void> {
    const node = await this.#connected();
    await this.#giver.giveSome();
    if (this.#random.chance(0.5)) await pause(this.#random.between(0, 2));
    // And a few more in this very turn.
    void this.#giver.giveSome();
    this.kills.push(Date.now());
    await node.restart("kill");
  }

  /** The sandbox answers so for a while, and the line is cut at its beginning and at its end. */
  async #badly(faults: Parameters<SourcesWorld["sandbox"]["faults"]>[0]): Promise<void> {
    const { sandbox, line } = this.#world;
    await sandbox.faults(faults);
    if (faults.drop === undefined) line.cut();
    await pause(badly);
    await sandbox.faults({ ...noFaults, ...this.#platform.steady });
    if (faults.drop !== undefined) line.cut();
  }

  #nextClose(): number {
    const { closes } = this.#platform;
    return closes[this.#closed++ % closes.length] as number;
  }

  /** The node that runs the source, as its own figures say; any where none does just now. */
  async #connected(): Promise<DrilledServer> {
    for (const node of this.#world.nodes) {
      const figures = await fetch(`${node.url}/metrics`).then(
        (answer) => answer.text(),
        () => "",
      );
      if (/^tipwire_connections\{/m.test(figures)) return node;
    }
    return this.#world.any(this.#random);
  }
}

/** Which faults a platform is given: frames may not be lost without a word where nobody can find out. */
export function faultsFor({ hasHistory, logIn }: DrilledPlatform): readonly FaultKind[] {
  const not = new Set<FaultKind>([
    ...(logIn !== undefined ? [] : (["access tokens expired"] as const)),
    ...(hasHistory ? [] : (["frames lost for two seconds"] as const)),
  ]);
  return faultKinds.filter((kind) => !not.has(kind));
}
