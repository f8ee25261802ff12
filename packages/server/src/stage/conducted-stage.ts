import type { Clock } from "../core/clock.ts";
import type { Alert } from "./alert.ts";
import type { Controlling, ControlOutcome } from "./controls.ts";
import type { Report } from "./leases.ts";
import { differences, type Page, type PageOutlet } from "./pages.ts";
import { Presenter } from "./presenter.ts";
import { isLeftBehind, type ScreensInput } from "./screens.ts";
import type { StageState } from "./stage.ts";
import type { Stages, StoredView } from "./stages.ts";
import { type Input, needed, step } from "./step.ts";

/** A page that comes. */
export interface Joining {
  readonly screen: number;
  readonly copy: string;
  /** Grows with each connection that the page makes; 0: it does not count them. */
  readonly connection: number;
  readonly obs: boolean;
  /** `false`: it hears of settings, and never plays for the stage. */
  readonly takesPart: boolean;
  readonly visible: boolean;
  /** Whether OBS streams; `null`: it cannot say. */
  readonly streaming: boolean | null;
  /** What it plays although it was not connected. */
  readonly playing: string | null;
  readonly reports: readonly Reported[];
  readonly outlet: PageOutlet;
}

export type Reported = Pick<Report, "showing" | "at" | "happenedAt" | "what">;

/** A page's way to its stage. */
export interface Member {
  /** Anything was heard of it. */
  spoke(): void;
  setVisible(visible: boolean): void;
  setStreaming(streaming: boolean | null): void;
  report(reported: Reported): void;
  leave(): void;
}

/** A page that does not answer for so long while it plays is frozen, and is asked so often; milliseconds. */
const frozenAfter = 1500;
const pingEvery = 400;

/** A connection that is lost may be back within so long, milliseconds. */
const grace = 1000;

/** What the store does not take is tried again after so long, milliseconds. */
const retryAfter = 250;

class ConnectedPage implements Page {
  readonly screen: number;
  readonly copy: string;
  readonly connection: number;
  readonly obs: boolean;
  readonly presenter: Presenter;
  isVisible: boolean;
  streaming: boolean | null;
  isPresent = true;
  isFrozen = false;
  /** When it was asked first of what it has not answered; 0: nothing is open. */
  askedAt = 0;
  goneAt = 0;

  constructor({ screen, copy, connection, obs, visible, streaming, playing, outlet }: Joining) {
    this.screen = screen;
    this.copy = copy;
    this.connection = connection;
    this.obs = obs;
    this.isVisible = visible;
    this.streaming = streaming;
    this.presenter = new Presenter(outlet, screen, copy, playing);
  }
}

/**
 * One stage as this node sees it. What its pages do and what people want goes into one turn after the other, each a conditional
 * update that is tried anew when somebody else was quicker; what the stage says then is told to the pages.
 */
export class ConductedStage {
  readonly #id: number;
  readonly #stages: Stages;
  readonly #node: () => string | undefined;
  readonly #clock: Clock;
  readonly #empty: () => void;
  readonly #pages = new Set<ConnectedPage>();
  /** This node's, one after the other. */
  readonly #sessions = new Set<string>();
  /** Pages that take no part. */
  readonly #watching = new Set<Presenter>();
  #state: StageState | undefined;
  #version = 0;
  #turns: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** Pages that are coming. */
  #joining = 0;
  #isDue = false;
  #cancelWake: () => void = () => undefined;
  #stopPings: (() => void) | undefined;
  #stopped = false;

  constructor(id: number, stages: Stages, node: () => string | undefined, clock: Clock, empty: () => void) {
    this.#id = id;
    this.#stages = stages;
    this.#node = node;
    this.#clock = clock;
    this.#empty = empty;
  }

  get size(): number {
    return this.#pages.size + this.#watching.size;
  }

  async join(joining: Joining): Promise<Member> {
    if (!joining.takesPart) return this.#watch(joining);
    const page = new ConnectedPage(joining);
    this.#joining++;
    try {
      // What it reports comes first: it is not to be told to show what it has shown.
      await Promise.all(joining.reports.map((reported) => this.#report(page, reported)));
      this.#add(page);
      await this.#turn(tick);
    } catch (fault) {
      // It has no member by which it could leave.
      this.#left(page);
      throw fault;
    } finally {
      this.#joining--;
    }
    return {
      spoke: () => this.#spoke(page),
      setVisible: (visible) => {
        page.isVisible = visible;
        this.#look();
      },
      setStreaming: (streaming) => {
        page.streaming = streaming;
        this.#look();
      },
      report: (reported) => void this.#report(page, reported),
      leave: () => this.#left(page),
    };
  }

  /** What a person wants, or a page says that is not connected here. Throws what the store throws. */
  async steer(input: Controlling | ScreensInput | Report): Promise<ControlOutcome> {
    const outcome = await this.#turn(input);
    this.#rest();
    return outcome;
  }

  /** Does what is due, though no page is here whose turn would. */
  async wake(): Promise<void> {
    await this.#turn(tick);
    this.#rest();
  }

  /** This node has another session than before. */
  nodeChanged(): void {
    this.#look();
  }

  /** The stage has this version by now. */
  heard(version: number): void {
    if (version > this.#version) this.#look();
  }

  /** The sessions of other nodes on which leaders are, where a page of this node could take over. */
  otherNodes(): readonly string[] {
    if (this.#pages.size === 0) return [];
    const own = this.#node();
    return (this.#state?.screens ?? []).flatMap(({ leader }) =>
      leader === null || leader.node === own ? [] : [leader.node],
    );
  }

  nodesDied(dead: readonly string[]): void {
    const concerned = this.otherNodes().filter((node) => dead.includes(node));
    if (concerned.length > 0) void this.#turn({ kind: "tick", dead: concerned }).catch(() => undefined);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelWake();
    this.#stopPings?.();
  }

  /** In place of its earlier connections. One that was overtaken while its reports were stored is none any more. */
  #add(page: ConnectedPage): void {
    const same = [...this.#pages].filter(({ copy }) => copy === page.copy);
    const isOvertaken = same.some(({ connection }) => connection > page.connection);
    for (const old of isOvertaken ? [page] : same) this.#forget(old);
    if (!isOvertaken) this.#pages.add(page);
  }

  #forget(page: ConnectedPage): void {
    page.presenter.silence();
    this.#pages.delete(page);
  }

  async #watch({ outlet, screen, copy, playing }: Joining): Promise<Member> {
    const presenter = new Presenter(outlet, screen, copy, playing);
    const leave = () => {
      this.#watching.delete(presenter);
      this.#rest();
    };
    this.#watching.add(presenter);
    await this.#turn(tick).catch((fault) => {
      leave();
      throw fault;
    });
    const nothing = () => undefined;
    return { spoke: nothing, setVisible: nothing, setStreaming: nothing, report: nothing, leave };
  }

  /** Tried until the store takes it: the page keeps it only until it is noted. */
  async #report(page: ConnectedPage, reported: Reported): Promise<void> {
    const { screen, copy } = page;
    while (!this.#stopped) {
      try {
        await this.#turn({ kind: "report", screen, copy, ...reported });
        page.presenter.noted(reported.showing, reported.what.type);
        return;
      } catch (fault) {
        if (fault instanceof StageGone) return;
        await new Promise<void>((resolve) => this.#clock.after(retryAfter, resolve));
      }
    }
  }

  #spoke(page: ConnectedPage): void {
    page.askedAt = 0;
    if (!page.isFrozen) return;
    page.isFrozen = false;
    this.#look();
  }

  #left(page: ConnectedPage): void {
    if (!this.#pages.has(page)) return;
    page.goneAt = this.#clock.now();
    page.presenter.silence();
    this.#clock.after(grace, () => {
      page.isPresent = false;
      if (!this.#pages.delete(page)) return;
      this.#look();
    });
  }

  /** Reads the stage anew, once for however many reasons. */
  #look(): void {
    if (this.#isDue || this.#stopped) return;
    this.#isDue = true;
    void this.#turn(tick).catch((fault) => {
      if (fault instanceof StageGone) this.#close();
      else this.#clock.after(retryAfter, () => this.#look());
    });
  }

  /** The stage was removed: its pages are sent away for good. */
  #close(): void {
    const presenters = [...this.#watching, ...[...this.#pages].map(({ presenter }) => presenter)];
    this.#pages.clear();
    this.#watching.clear();
    this.stop();
    this.#empty();
    for (const presenter of presenters) presenter.screenGone();
  }

  /** Turns follow each other. Throws what the store throws. */
  #turn(input: Input): Promise<ControlOutcome> {
    this.#waiting++;
    const turn = this.#turns.then(() => {
      if (input === tick) this.#isDue = false;
      return this.#run(input);
    });
    this.#turns = turn.catch(() => undefined).then(() => this.#waiting--);
    return turn;
  }

  /** One input, then what the pages of this node have to say by now, until there is nothing more to change. */
  async #run(input: Input): Promise<ControlOutcome> {
    let { view, outcome, more, wakeAt } = await this.#commit(input);
    for (;;) {
      if (this.#stopped) return outcome;
      const node = this.#node();
      if (node !== undefined) this.#sessions.add(node);
      const pages = [...this.#pages];
      const [next] = node === undefined ? [] : differences(view.state, view.settings, pages, node, this.#sessions);
      if (next === undefined && !more) break;
      ({ view, more, wakeAt } = await this.#commit(next ?? tick));
    }
    this.#present(view);
    this.#wake(wakeAt);
    this.#rest();
    return outcome;
  }

  async #commit(input: Input) {
    for (let named = needed(input, this.#state); ; ) {
      const view = await this.#stages.view(this.#id, named);
      if (view === undefined) throw new StageGone();
      const wanted = needed(input, view.state);
      if (wanted.some((id) => !named.includes(id))) {
        named = wanted;
        continue;
      }
      const { change, outcome, more, wakeAt } = step(view, input, this.#clock.now());
      if (change === undefined) return { view, outcome, more: false, wakeAt };
      if (!(await this.#stages.commit(this.#id, view.version, change))) continue;
      const alerts = new Map([...view.alerts, ...change.alerts].map((alert) => [alert.id, alert]));
      const now = { ...view, version: view.version + 1, state: change.state, alerts: [...alerts.values()] };
      return { view: now, outcome, more, wakeAt };
    }
  }

  #present(view: StoredView): void {
    this.#state = view.state;
    this.#version = view.version;
    const { showing } = view.state;
    const alert: Alert | undefined = view.alerts.find(({ id }) => id === showing?.alert);
    for (const presenter of this.#watching) presenter.prepare(view);
    for (const screen of view.state.screens) {
      for (const page of this.#pages) if (page.screen === screen.id && isLeftBehind(screen, page)) this.#forget(page);
    }
    for (const { presenter } of this.#pages) presenter.present(view, alert);
    const isPlaying = [...this.#pages].some(({ presenter }) => presenter.isPlaying);
    if (isPlaying) this.#stopPings ??= this.#clock.every(pingEvery, () => this.#ping());
    else this.#endPings();
  }

  #endPings(): void {
    this.#stopPings?.();
    this.#stopPings = undefined;
    for (const page of this.#pages) page.askedAt = 0;
  }

  #ping(): void {
    const now = this.#clock.now();
    for (const page of this.#pages) {
      if (!page.presenter.isPlaying || page.goneAt > 0) continue;
      if (page.askedAt > 0 && now - page.askedAt >= frozenAfter && !page.isFrozen) {
        page.isFrozen = true;
        this.#look();
      }
      if (page.askedAt === 0) page.askedAt = now;
      page.presenter.ping();
    }
  }

  #wake(at: number | null): void {
    this.#cancelWake();
    if (at === null || this.#pages.size === 0) return;
    this.#cancelWake = this.#clock.after(Math.max(10, at - this.#clock.now()), () => this.#look());
  }

  /** Forgets the stage when no page is here and nothing is under way. */
  #rest(): void {
    if (this.size + this.#joining > 0 || this.#waiting > 1) return;
    this.stop();
    this.#empty();
  }
}

const tick: Input = { kind: "tick", dead: [] };

/** The stage was removed. */
export class StageGone extends Error {}
