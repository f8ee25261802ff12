import type { Clock } from "../core/clock.ts";
import type { LogRecord } from "../core/record.ts";
import type { Doorbell } from "../log/doorbell.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Advancing } from "../log/projection.ts";
import type { Alert } from "./alert.ts";
import { Donors } from "./donors.ts";
import { withGift } from "./gifts.ts";
import { type Receipt, receiptOf } from "./receipts.ts";
import { Rules } from "./rules.ts";
import type { StageRow, Stages, TakenIn } from "./stages.ts";

/** Records that are taken in by one transaction. */
const together = 100;

/**
 * Makes alerts of events, for every stage of a channel. A durable follower: where it stands is stored together with the alerts,
 * so each record becomes one alert a stage, whichever nodes do it. A channel without a stage costs nothing.
 */
export class AlertIntake implements Advancing {
  readonly #stages: Stages;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #donors: Donors;
  readonly #rules = new Map<number, { readonly version: number; readonly rules: Rules }>();
  /** Channels that had no stage when they were looked at. */
  readonly #without = new Set<number>();
  readonly stop: () => void;

  constructor(stages: Stages, log: EventLog, doorbell: Doorbell, clock: Clock) {
    this.#stages = stages;
    this.#log = log;
    this.#clock = clock;
    this.#donors = new Donors(stages, log);
    this.stop = doorbell.listen((topic, version) => {
      if (topic.startsWith("stage:") && version === 1) this.#without.clear();
    });
  }

  async behind(): Promise<readonly number[]> {
    this.#without.clear();
    return [...new Set([...(await this.#stages.behind()), ...(await this.#stages.donorsBehind())])];
  }

  async advance(channels: readonly number[], isOver: () => boolean = () => false): Promise<void> {
    const staged = channels.filter((channel) => !this.#without.has(channel));
    if (staged.length === 0) return;
    const heads = await this.#log.heads(staged);
    for (const channel of staged) {
      await this.#catchUp(channel, heads.get(channel) ?? 0, isOver);
      if (!isOver() && !this.#without.has(channel)) await this.#donors.catchUp(channel);
    }
  }

  async #catchUp(channel: number, head: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const from = await this.#stages.position(channel);
      if (from === undefined) {
        this.#without.add(channel);
        return;
      }
      if (from >= head) return;
      const records = await this.#log.read(channel, from, together);
      const last = records.at(-1);
      if (last === undefined) return;
      const taken: TakenIn[] = [];
      for (const stage of await this.#stages.ofChannel(channel)) {
        const rules = await this.#rulesOf(stage);
        const first = rules.asksForFirst ? await this.#donors.firstGifts(channel, records) : new Set<string>();
        taken.push(this.#ruled(stage, rules, records, first));
      }
      const any = taken.filter(({ alerts }) => alerts.length > 0);
      await this.#stages.takeIn({ channel, from, to: last.offset, taken: any });
    }
  }

  /** Imported history leaves nothing behind, not even a receipt: there may be a million of it. */
  #ruled(stage: StageRow, rules: Rules, records: readonly LogRecord[], first: ReadonlySet<string>): TakenIn {
    const now = this.#clock.now();
    const alerts: Alert[] = [];
    const receipts: Receipt[] = [];
    let { gifts } = stage;
    for (const record of records) {
      if (record.arrival === "import") continue;
      const given = withGift(gifts, record, stage.onAirSince);
      gifts = given.gifts;
      const isFirstTime = first.has(record.id);
      const surroundings = { now, isFirstTime, isBiggest: given.isBiggest, chance: chanceOf(record) };
      const { alert, rule } = rules.decide(record, surroundings);
      alerts.push(alert);
      receipts.push(receiptOf(alert, alert.state as "held" | "queued" | "silent", now, { why: rule }));
    }
    return { stage: stage.id, alerts, receipts, gifts };
  }

  async #rulesOf({ id, settingsVersion }: StageRow): Promise<Rules> {
    const known = this.#rules.get(id);
    if (known?.version === settingsVersion) return known.rules;
    const view = await this.#stages.view(id, []);
    if (view === undefined) throw new Error(`Stage ${id} is gone.`);
    const rules = new Rules(view.settings);
    this.#rules.set(id, { version: view.row.settingsVersion, rules });
    return rules;
  }
}

/** From 0 to 1, the same whenever the record is looked at: its id begins with random letters. */
function chanceOf({ id }: LogRecord): number {
  return Number.parseInt(id.slice(1, 9), 36) / 36 ** 8;
}
