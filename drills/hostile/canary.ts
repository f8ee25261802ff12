import { Random } from "../../packages/server/test/random.ts";
import { Follower } from "../followers/follower.ts";
import { nativeWithToken } from "../followers/native.ts";
import { pause } from "../pause.ts";
import { call } from "./call.ts";
import type { World } from "./world.ts";

export interface CanaryFindings {
  readonly posted: number;
  readonly received: number;
  readonly connections: number;
  readonly faults: readonly string[];
}

/** Somebody honest on the same server: posts at an even pace, and follows on one WebSocket that must hold all the time. */
export class Canary {
  readonly #world: World;
  readonly #follower: Follower;
  readonly #posted: string[] = [];
  readonly #faults: string[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(world: World) {
    this.#world = world;
    const { url, canary, administrator } = world;
    const options = {
      url,
      slug: canary.slug,
      key: administrator,
      streamToken: canary.streamToken,
      random: new Random(1),
    };
    this.#follower = new Follower("native", 0, nativeWithToken, options);
  }

  start(): void {
    this.#follower.start();
    this.#running = this.#feed();
  }

  async finish(): Promise<CanaryFindings> {
    this.#stopped = true;
    await this.#running;
    for (let i = 0; i < 100 && this.#follower.names.length < this.#posted.length; i++) await pause(100);
    const { names, connections, resets } = this.#follower;
    await this.#follower.stop();
    if (names.join() !== this.#posted.join())
      this.#faults.push("the canary's events are not those that were posted, in their order");
    if (connections !== 1) this.#faults.push(`the canary had to connect ${connections} times`);
    if (resets > 0) this.#faults.push(`the canary was reset ${resets} times`);
    return { posted: this.#posted.length, received: names.length, connections, faults: this.#faults };
  }

  async #feed(): Promise<void> {
    const { url, canary, administrator } = this.#world;
    while (!this.#stopped) {
      const externalId = `canary-${this.#posted.length}`;
      const body = { externalId, name: "Ana", amount: "5.00", currency: "EUR", message: externalId };
      try {
        await call(url, administrator, "POST", `/v1/channels/${canary.slug}/events`, body);
      } catch (fault) {
        this.#faults.push(`an honest event was refused: ${String(fault)}`);
        return;
      }
      this.#posted.push(externalId);
      await pause(25);
    }
  }
}
