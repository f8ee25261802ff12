import type { Clock } from "../core/clock.ts";

/** How often a node says that it lives, and how long it is believed without that; milliseconds. */
export const beatEvery = 1000;
export const sessionTtl = 5000;

/** What a node that stops gives the database to hear of it. */
const goodbyeWithin = 500;

/** One session among all that there ever were. A later one has a higher fence. */
export interface SessionKey {
  readonly fence: number;
  /** Random, since a promoted standby that lacked the last sessions gives their fences again. */
  readonly token: string;
}

export type Held =
  /** `state` is what the last holder kept, `""` at first. */
  | { readonly status: "held"; readonly state: string }
  /** Another node's session holds it and lives. */
  | { readonly status: "taken" }
  /** One's own session has ended. */
  | { readonly status: "expired" };

/**
 * Which nodes run, and what each of them holds, in the store. A session lives as long as its last beat is younger than
 * `sessionTtl` by the database's own clock, and never again after that; what it held is free then.
 */
export interface NodeSessions {
  /** `name` is for people. */
  begin(name: string): Promise<SessionKey>;
  /** `false`: the session has ended. */
  beat(session: SessionKey): Promise<boolean>;
  end(session: SessionKey): Promise<void>;
  /** Takes what is free, and says again that one holds it. Names are like `source:12`, `job:retention`, `screen:5`. */
  hold(session: SessionKey, name: string): Promise<Held>;
  /** Keeps a state for whoever holds it next. `false`, and nothing kept: somebody else may hold it by now. */
  keep(session: SessionKey, name: string, state: string): Promise<boolean>;
  release(session: SessionKey, name: string): Promise<void>;
  /** Which of these have ended, by their names. */
  ended(names: readonly SessionName[]): Promise<readonly SessionName[]>;
}

/** A session in the state of what it holds: `fence/token`. */
export type SessionName = `${number}/${string}`;

export function sessionName({ fence, token }: SessionKey): SessionName {
  return `${fence}/${token}`;
}

/** Something that this node holds. */
export interface Holding {
  /** As which it is held: other tables refuse what is written in its name after its end. */
  readonly session: SessionKey;
  /** What the holder before kept. */
  readonly state: string;
  /** Aborted when this node may not be the holder any more: whatever it does for it has to end. */
  readonly ended: AbortSignal;
  /** As `NodeSessions.keep`: a node that slept through its end keeps nothing. */
  keep(state: string): Promise<boolean>;
  release(): Promise<void>;
}

export interface NodeSessionOptions {
  readonly sessions: NodeSessions;
  readonly clock: Clock;
  readonly name: string;
  /** Milliseconds that never jump. */
  readonly monotonic?: () => number;
}

/** This node's session: beats, and begins another one when it has ended. */
export class NodeSession {
  readonly #options: NodeSessionOptions;
  readonly #monotonic: () => number;
  readonly #stopBeats: () => void;
  readonly #holdings = new Set<AbortController>();
  #session: SessionKey | undefined;
  /** When the last beat that was heard was sent. */
  #beatenAt = 0;
  #beating: Promise<void> | undefined;
  #stopped = false;

  constructor(options: NodeSessionOptions) {
    this.#options = options;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#stopBeats = options.clock.every(beatEvery, () => void this.beat());
    void this.beat();
  }

  /** Of the session; `undefined` while there is none. */
  get sessionName(): SessionName | undefined {
    return this.#session && sessionName(this.#session);
  }

  /** Of the session; 0 while there is none. */
  get fence(): number {
    return this.#session?.fence ?? 0;
  }

  /** `undefined`: another node holds it, or this one has no session just now. */
  async hold(name: string): Promise<Holding | undefined> {
    const { sessions } = this.#options;
    const session = this.#session;
    if (session === undefined) return undefined;
    const held = await sessions.hold(session, name);
    if (held.status === "expired") this.#lose(session);
    if (held.status !== "held" || session !== this.#session) return undefined;
    const controller = new AbortController();
    this.#holdings.add(controller);
    return {
      session,
      state: held.state,
      ended: controller.signal,
      keep: (state) => sessions.keep(session, name, state),
      release: async () => {
        this.#holdings.delete(controller);
        controller.abort();
        await sessions.release(session, name);
      },
    };
  }

  /** Resolves when the beat was heard, or found out that it could not be. */
  async beat(): Promise<void> {
    const session = this.#session;
    // Without an answer for so long the database has given it up, whatever the answer will be.
    if (session !== undefined && this.#monotonic() - this.#beatenAt >= sessionTtl) this.#lose(session);
    this.#beating ??= this.#attempt().finally(() => {
      this.#beating = undefined;
    });
    await this.#beating;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopBeats();
    const session = this.#session;
    if (session === undefined) return;
    this.#lose(session);
    const { sessions, clock } = this.#options;
    // A database that is away finds out by itself, and nobody who stops waits for it.
    const late = new Promise<void>((resolve) => clock.after(goodbyeWithin, resolve));
    await Promise.race([sessions.end(session).catch(() => undefined), late]);
  }

  /** A database that does not answer is asked again by the next one. */
  async #attempt(): Promise<void> {
    const { sessions, name } = this.#options;
    const sentAt = this.#monotonic();
    const session = this.#session;
    if (session === undefined) {
      const begun = await sessions.begin(name).catch(() => undefined);
      if (begun === undefined || this.#stopped) return;
      this.#session = begun;
      this.#beatenAt = sentAt;
      return;
    }
    const heard = await sessions.beat(session).catch(() => undefined);
    if (heard === true) this.#beatenAt = sentAt;
    if (heard !== false) return;
    this.#lose(session);
    if (!this.#stopped) await this.#attempt();
  }

  #lose(session: SessionKey): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    for (const controller of this.#holdings) controller.abort();
    this.#holdings.clear();
  }
}
