import type { Member, Reported } from "../src/stage/conducted-stage.ts";
import type { Order, PageOutlet } from "../src/stage/pages.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { StageWorld } from "./stage-world.ts";

/** `sound`: as it should be. The others break the rules in one way each. */
export type Habit = "sound" | "never-starts" | "never-finishes" | "fails" | "dies-on-show";

/** From the order to the first painted frame, milliseconds. */
const beginsAfter = 60;

/** A page that hears nothing for so long looks for another server; while it begins, and later. So long a server waits for the page. Milliseconds. */
const patience = { joining: 10_000, joined: 55_000, server: 180_000 };

/** A stretch of time in which a page had an alert on screen. */
export interface Played {
  readonly showing: string;
  readonly from: number;
  to: number;
}

/** What an overlay page does, as far as the stage can tell. */
export class SimulatedPage implements PageOutlet {
  readonly copy = crypto.randomUUID();
  readonly obs: boolean;
  habit: Habit;
  readonly screen: number;
  readonly played: Played[] = [];
  readonly orders: Order[] = [];
  /** When it was connected and awake: it could be told something. */
  readonly hearing: { readonly from: number; to: number }[] = [];
  isOpen = true;
  isVisible = true;
  /** What OBS tells it. */
  streaming: boolean | null = null;
  isFrozen = false;
  isSilenced = false;
  node: SimulatedNode | undefined;
  readonly #world: StageWorld;
  #member: Member | undefined;
  #playing: { readonly order: Order; readonly cancel: (() => void)[] } | undefined;
  #reports: Reported[] = [];
  readonly #finished = new Set<string>();
  /** What happened while it was frozen. */
  #deferred: (() => void)[] = [];
  #connection = 0;

  constructor(world: StageWorld, screen: number, { habit = "sound", obs = true }: { habit?: Habit; obs?: boolean }) {
    this.#world = world;
    this.screen = screen;
    this.habit = habit;
    this.obs = obs;
  }

  get playing(): string | null {
    return this.#playing?.order.showing ?? null;
  }

  get isConnected(): boolean {
    return this.node !== undefined;
  }

  /** On `to`, else on any living node; without one it tries again. */
  connect(to?: SimulatedNode): void {
    const nodes = this.#world.livingNodes;
    const node = to ?? nodes[this.#world.random.below(Math.max(1, nodes.length))];
    if (!this.isOpen) return;
    if (node === undefined || this.isFrozen) {
      this.#world.clock.after(300, () => this.connect());
      return;
    }
    this.node = node;
    const connection = ++this.#connection;
    const joining = node.conductor.join(this.#world.stage, {
      screen: this.screen,
      copy: this.copy,
      connection,
      obs: this.obs,
      takesPart: true,
      visible: this.isVisible,
      streaming: this.streaming,
      playing: this.playing,
      reports: [...this.#reports],
      outlet: this.#outlet(connection),
    });
    const joined = (member: Member) => {
      if (connection === this.#connection && this.node === node) {
        this.#member = atNode(member, node);
        this.#hears(!this.isFrozen);
        member.setVisible(this.isVisible);
        member.setStreaming(this.streaming);
        for (const report of this.#reports) member.report(report);
      } else member.leave();
    };
    joining.then(joined, () => this.#lose(connection));
    this.#world.clock.after(patience.joining, () => this.#member === undefined && this.#lose(connection));
  }

  /** The network, not the page. */
  disconnect(back = 500): void {
    if (this.node === undefined) return;
    this.#member?.leave();
    this.#lose(this.#connection, back);
  }

  /** The network changed: what the page had is dead, and its node hears of it only long after. */
  cut(back = 500, to?: SimulatedNode): void {
    if (this.node === undefined) return;
    const member = this.#member;
    if (member !== undefined) this.#world.clock.after(patience.server, () => member.leave());
    this.#lose(this.#connection, back, to);
  }

  nodeDied(node: SimulatedNode): void {
    if (this.node === node) this.#lose(this.#connection);
  }

  /** What it says is not heard, and it hears nothing. */
  nodeFroze(node: SimulatedNode): void {
    if (this.node !== node) return;
    this.#hears(false);
    const connection = this.#connection;
    this.#world.clock.after(patience.joined, () => {
      if (connection === this.#connection && node.isFrozen) this.disconnect();
    });
  }

  nodeThawed(node: SimulatedNode): void {
    if (this.node === node && this.#member !== undefined) this.#hears(this.isOpen && !this.isFrozen);
  }

  close(): void {
    this.isOpen = false;
    this.#hears(false);
    this.#stop();
    this.#member?.leave();
    this.#member = undefined;
    this.node = undefined;
  }

  setVisible(visible: boolean): void {
    this.isVisible = visible;
    this.#member?.setVisible(visible);
  }

  setStreaming(streaming: boolean | null): void {
    this.streaming = streaming;
    this.#member?.setStreaming(streaming);
  }

  freeze(): void {
    this.isFrozen = true;
    this.#hears(false);
  }

  thaw(): void {
    this.isFrozen = false;
    this.#hears(this.#member !== undefined && this.node?.isFrozen !== true);
    for (const call of this.#deferred.splice(0)) call();
  }

  show(order: Order): void {
    this.orders.push(order);
    if (this.#playing?.order.showing === order.showing || this.#finished.has(order.showing)) return;
    this.#stop();
    if (this.habit === "dies-on-show") this.close();
    else if (this.habit === "fails") this.#report({ showing: order.showing, what: { type: "failed" } });
    else {
      this.#playing = { order, cancel: [] };
      if (this.habit !== "never-starts") this.#later(beginsAfter, () => this.#begin(order));
    }
  }

  hide(showing: string | null): void {
    if (showing === null || this.playing === showing) this.#stop();
  }

  sound(): void {
    // Heard, not seen.
  }

  settings(): void {
    // Drawn, not seen.
  }

  keysChanged(): void {
    // It has no key.
  }

  screenGone(): void {
    this.close();
  }

  noted(showing: string, type: "started" | "finished" | "failed"): void {
    this.#reports = this.#reports.filter((each) => each.showing !== showing || each.what.type !== type);
  }

  ping(): void {
    this.#member?.spoke();
  }

  #hears(can: boolean): void {
    const now = this.#world.clock.now();
    const last = this.hearing.at(-1);
    const isOpen = last?.to === Number.POSITIVE_INFINITY;
    if (can && !isOpen) this.hearing.push({ from: now, to: Number.POSITIVE_INFINITY });
    else if (!can && last !== undefined && isOpen) last.to = now;
  }

  #begin(order: Order): void {
    if (!this.isVisible) {
      this.#later(200, () => this.#begin(order));
      return;
    }
    const played = { showing: order.showing, from: this.#world.clock.now(), to: Number.POSITIVE_INFINITY };
    this.played.push(played);
    this.#report({ showing: order.showing, what: { type: "started", visible: true } });
    if (this.habit === "never-finishes") return;
    const shown = order.least;
    this.#later(shown, () => {
      this.#stop();
      this.#finished.add(order.showing);
      this.#report({ showing: order.showing, what: { type: "finished", shown, visible: this.isVisible ? shown : 0 } });
    });
  }

  #report(what: Omit<Reported, "at">): void {
    const report = { ...what, at: this.#world.clock.now() };
    this.#reports.push(report);
    this.#member?.report(report);
  }

  /** Part of what is playing: a hide prevents it. */
  #later(ms: number, call: () => void): void {
    const cancel = this.#world.clock.after(ms, () => this.#whenAwake(call));
    this.#playing?.cancel.push(cancel);
  }

  #stop(): void {
    const last = this.played.at(-1);
    if (last !== undefined && last.to === Number.POSITIVE_INFINITY) last.to = this.#world.clock.now();
    for (const cancel of this.#playing?.cancel ?? []) cancel();
    this.#playing = undefined;
  }

  #lose(connection: number, back = 300, to?: SimulatedNode): void {
    if (connection !== this.#connection) return;
    this.#connection++;
    this.#hears(false);
    this.node = undefined;
    this.#member = undefined;
    if (this.isOpen) this.#world.clock.after(back, () => this.connect(to));
  }

  /** What the server says travels a little, and reaches this connection only. */
  #outlet(connection: number): PageOutlet {
    const carry =
      <Values extends unknown[]>(call: (...values: Values) => void) =>
      (...values: Values) => {
        this.#world.clock.after(this.#world.random.below(5), () => {
          if (connection === this.#connection && this.isOpen) this.#whenAwake(() => call.apply(this, values));
        });
      };
    return {
      show: carry(this.show),
      hide: carry(this.hide),
      sound: carry(this.sound),
      settings: carry(this.settings),
      noted: carry(this.noted),
      ping: carry(this.ping),
      keysChanged: carry(this.keysChanged),
      screenGone: carry(this.screenGone),
    };
  }

  #whenAwake(call: () => void): void {
    if (this.isFrozen) this.#deferred.push(call);
    else if (this.isOpen) call();
  }
}

/** A way to a node that may be frozen: what is said waits until it is thawed. */
function atNode(member: Member, node: SimulatedNode): Member {
  return {
    spoke: () => node.whenAwake(() => member.spoke()),
    setVisible: (visible) => node.whenAwake(() => member.setVisible(visible)),
    setStreaming: (streaming) => node.whenAwake(() => member.setStreaming(streaming)),
    report: (reported) => node.whenAwake(() => member.report(reported)),
    leave: () => node.whenAwake(() => member.leave()),
  };
}
