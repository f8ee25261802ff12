import { WebSocket } from "ws";
import { type Follower, type FollowOptions, type FollowState, follow } from "../follow.ts";
import type { Reset, TipwireEvent } from "../wire.ts";
import { Collected } from "./collected.ts";
import type { ScriptedServer } from "./scripted-server.ts";

type Facts = Partial<Omit<FollowOptions, "url" | "onEvent" | "onState" | "onReset">>;

/** A follower with everything that it told. */
export class Followed {
  readonly events = new Collected<TipwireEvent>();
  readonly states = new Collected<FollowState>();
  readonly resets = new Collected<Omit<Reset, "type">>();
  readonly follower: Follower;

  constructor(server: ScriptedServer, facts: Facts = {}) {
    this.follower = follow({
      url: server.url,
      token: "token",
      WebSocket,
      random: () => 0,
      onEvent: this.events.add,
      onState: this.states.add,
      onReset: this.resets.add,
      ...facts,
    });
  }

  live(times = 1): Promise<FollowState & { readonly status: "live" }> {
    return this.states.when((states) => states.filter((state) => state.status === "live")[times - 1]);
  }

  /** The ids of the first `count` events. */
  async ids(count: number): Promise<string[]> {
    return (await this.events.count(count)).map(({ id }) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.follower.stop();
    await this.follower.done;
  }
}
