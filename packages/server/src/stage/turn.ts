import { type Alert, type FinalState, isOpen } from "./alert.ts";
import { type Receipt, receiptOf, type Step } from "./receipts.ts";
import type { StageSettings } from "./settings.ts";
import type { AuditEntry, How, Showing, StageChange, StageState, StageView } from "./stage.ts";

/** `at`: where it was not just now. */
type Facts = Partial<Pick<Receipt, "screen" | "visible" | "why" | "by" | "at">>;

/** One turn of a stage: its state and alerts as they are being changed, and what is to be written about it. */
export class Turn {
  state: StageState;
  readonly now: number;
  readonly settings: StageSettings;
  readonly #view: StageView;
  readonly #alerts: Map<string, Alert>;
  readonly #changed = new Set<string>();
  readonly #receipts: Receipt[] = [];
  readonly #audit: AuditEntry[] = [];

  /** `now`: milliseconds since 1970. */
  constructor(view: StageView, now: number) {
    this.state = view.state;
    this.settings = view.settings;
    this.now = now;
    this.#view = view;
    this.#alerts = new Map(view.alerts.map((alert) => [alert.id, alert]));
  }

  /** What it changed; `undefined`: nothing. */
  get change(): StageChange | undefined {
    const alerts = [...this.#changed].map((id) => this.#alerts.get(id) as Alert);
    const isSame = this.state === this.#view.state && alerts.length + this.#receipts.length + this.#audit.length === 0;
    return isSame ? undefined : { state: this.state, alerts, receipts: this.#receipts, audit: this.#audit };
  }

  alert(id: string): Alert | undefined {
    return this.#alerts.get(id);
  }

  /** The alerts in that state, the next one first. */
  inState(state: Alert["state"]): readonly Alert[] {
    return [...this.#alerts.values()].filter((alert) => alert.state === state).sort((a, b) => a.rank - b.rank);
  }

  /** How many wait, beyond those that were read too. */
  get queued(): number {
    const read = this.#view.alerts.filter(({ state }) => state === "queued").length;
    return this.#view.queued - read + this.inState("queued").length;
  }

  /** A rank before all that wait, and one behind them. */
  get firstRank(): number {
    return Math.min(0, ...[...this.#alerts.values()].map(({ rank }) => rank)) - 1;
  }

  get lastRank(): number {
    return Math.max(this.#view.lastRank, ...this.inState("queued").map(({ rank }) => rank)) + 0.5;
  }

  put(alert: Alert): void {
    this.#alerts.set(alert.id, alert);
    this.#changed.add(alert.id);
  }

  set(change: Partial<StageState>): void {
    this.state = { ...this.state, ...change };
  }

  /** The next number of the stage's own. */
  number(): number {
    this.set({ serial: this.state.serial + 1 });
    return this.state.serial;
  }

  note(alert: Alert, step: Step, { at = this.now, ...facts }: Facts = {}): void {
    this.#receipts.push(receiptOf(alert, step, at, facts));
  }

  /** Writes down what a person did. */
  record(by: string, action: string, subject: string | null): void {
    this.#audit.push({ at: this.now, by, action, subject });
  }

  /** Brings an alert to its final state; one that is final already stays as it is. */
  finish(id: string, state: FinalState, facts: Facts = {}, change: Partial<Alert> = {}): void {
    const alert = this.#alerts.get(id);
    if (alert === undefined || !isOpen(alert)) return;
    this.put({ ...alert, ...change, state, decideBy: null });
    this.note(alert, state, facts);
  }

  /** Takes the showing off the stage; the next one begins after the pause. */
  leaveStage(how: How): void {
    const { showing } = this.state;
    if (showing === null) return;
    const begun = showing.parts.filter(({ status }) => status === "started" || status === "finished");
    this.set({
      showing: null,
      last: { showing: showing.id, how, begunBy: begun.map(({ copy }) => copy) },
      nextAt: this.now + this.settings.time.pause * 1000,
    });
  }

  setShowing(change: Partial<Showing>): void {
    const { showing } = this.state;
    if (showing !== null) this.set({ showing: { ...showing, ...change } });
  }

  screenName(id: number): string | null {
    return this.state.screens.find((screen) => screen.id === id)?.name ?? null;
  }
}
