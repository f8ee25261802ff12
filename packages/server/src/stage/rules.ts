import type { StreamEvent } from "../core/event.ts";
import type { Money } from "../core/money.ts";
import type { LogRecord } from "../core/record.ts";
import type { Alert, AlertContent, Tier } from "./alert.ts";
import { type Borders, equals, reaches, roughly, usualBorders } from "./borders.ts";
import { happenedAt } from "./gifts.ts";
import type { Rule } from "./receipts.ts";
import { type StageSettings, type Variation, variationKinds } from "./settings.ts";
import { shortened, visibleText, withoutLinks } from "./text.ts";
import { fold, WordList } from "./words.ts";

/** What the rules know besides the event and the settings. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The donor gave nothing before. */
  readonly isFirstTime: boolean;
  /** It is bigger than all before it in its stream. */
  readonly isBiggest: boolean;
  /** From 0 to 1, for variations; the same for the same record. */
  readonly chance: number;
}

/** What becomes of an event: the alert as it is queued, held or silent, and which rule decided that it is not queued. */
export interface Ruling {
  readonly alert: Alert;
  readonly rule: Rule | null;
}

/** An event's texts, cleaned and without addresses where those are not wanted. */
type VisibleText = Pick<StreamEvent, "name" | "message">;

/** Tests stand before everything that was not asked for, in the order of the log. */
const testsFirst = -1e12;

/** One stage's settings as they are applied to event after event. */
export class Rules {
  readonly #settings: StageSettings;
  readonly #mild: WordList;
  readonly #strong: WordList;
  readonly #blocked: ReadonlySet<string>;

  constructor(settings: StageSettings) {
    const { safety } = settings;
    this.#settings = settings;
    this.#mild = new WordList(safety.mildWords);
    this.#strong = new WordList(safety.strongWords);
    this.#blocked = new Set(safety.blockedNames.map(fold));
  }

  /** Whether it matters who gives for the first time. */
  get asksForFirst(): boolean {
    return this.#settings.who.variations.some(({ when }) => when.kind === "first-time");
  }

  /** The alert that `record` becomes. Imported history becomes none. */
  decide(record: LogRecord, surroundings: Surroundings): Ruling {
    const { event } = record;
    const text = this.#visible(event);
    const late = !event.test && this.#isLate(record, surroundings.now);
    const silent = event.test ? null : this.#silencing(record, late);
    const waits = event.test || silent !== null ? null : this.#holding(text);
    const { undecidedAfterSeconds } = this.#settings.safety;
    const alert: Alert = {
      id: record.id,
      event: record.eventId,
      state: silent !== null ? "silent" : waits !== null ? "held" : "queued",
      rank: event.test ? testsFirst + record.offset : record.offset,
      queuedAt: surroundings.now,
      decideBy: waits === null ? null : surroundings.now + undecidedAfterSeconds * 1000,
      test: event.test,
      again: record.kind === "replay",
      sound: this.#reachesFrom(event, this.#settings.who.soundFrom),
      begun: 0,
      leases: 0,
      into: null,
      heard: [],
      content: this.#content(event, text, surroundings, late),
    };
    return { alert, rule: silent ?? waits };
  }

  #silencing({ arrival, event }: LogRecord, late: boolean): Rule | null {
    const { who, late: lateness } = this.#settings;
    if (arrival === "import") return "imported";
    if (!who.kinds[event.type]) return "kind-off";
    if (event.name !== null && this.#blocked.has(fold(event.name))) return "blocked-donor";
    if (!this.#reachesFrom(event, who.showFrom)) return "below-minimum";
    return late && lateness.late === "count-only" ? "late" : null;
  }

  /** What people would see of it, before words are looked for: nothing invisible hides any. */
  #visible({ name, message }: StreamEvent): VisibleText {
    const text = visibleText(message);
    const { links } = this.#settings.safety;
    return { name: name === null ? null : visibleText(name), message: links === "keep" ? text : withoutLinks(text) };
  }

  #holding({ name, message }: VisibleText): Rule | null {
    const { review } = this.#settings.safety;
    if (review === "all") return "review-all";
    const isFlagged = this.#strong.matches(message) || (name !== null && this.#strong.matches(name));
    return review === "flagged" && isFlagged ? "strong-word" : null;
  }

  /** Read back after an outage, or read by this server only long after it was stored. */
  #isLate(record: LogRecord, now: number): boolean {
    return now - happenedAt(record) > this.#settings.late.lateAfterSeconds * 1000;
  }

  #content(event: StreamEvent, text: VisibleText, surroundings: Surroundings, late: boolean): AlertContent {
    const variation = this.#variation(event, surroundings);
    const isAudio = event.messageKind === "audio";
    return {
      kind: event.type,
      tier: variation?.tier ?? this.#tier(event.amount),
      variation: variation?.name ?? null,
      name: text.name === null ? null : this.#filtered(text.name, 64) || null,
      amount: event.amount,
      stated: event.stated,
      message: isAudio ? "" : this.#filtered(text.message, 500),
      messageKind: event.messageKind,
      subscriptionTier: event.tier,
      streak: event.streak,
      avatarUrl: event.avatarUrl,
      more: null,
      late,
    };
  }

  /** A strong word that was let through is masked nevertheless. */
  #filtered(text: string, longest: number): string {
    return shortened(this.#strong.mask(this.#mild.mask(text)), longest);
  }

  #tier(amount: Money | null): Tier {
    if (amount === null) return "small";
    const [medium, big, huge] = this.#bordersOf(amount.currency);
    if (reaches(amount, huge)) return "huge";
    if (reaches(amount, big)) return "big";
    return reaches(amount, medium) ? "medium" : "small";
  }

  #bordersOf(currency: string): Borders {
    const { tiers } = this.#settings.who;
    const own = tiers[currency] as Borders | undefined;
    if (own !== undefined) return own;
    const [medium, big, huge] = (tiers["USD"] ?? usualBorders["USD"]) as Borders;
    return [roughly(medium, currency), roughly(big, currency), roughly(huge, currency)];
  }

  /** Events without money reach every amount. */
  #reachesFrom({ amount }: StreamEvent, from: Readonly<Record<string, string>>): boolean {
    if (amount === null) return true;
    const usd = from["USD"];
    const least = from[amount.currency] ?? (usd === undefined ? undefined : roughly(usd, amount.currency));
    return least === undefined || reaches(amount, least);
  }

  /** The first condition that fits; among its variations by weight. */
  #variation({ amount }: StreamEvent, { isFirstTime, isBiggest, chance }: Surroundings): Variation | undefined {
    const fits: Readonly<Record<Variation["when"]["kind"], (when: Variation["when"]) => boolean>> = {
      exact: (when) => when.kind === "exact" && amount !== null && isExactly(amount, when),
      "first-time": () => isFirstTime,
      biggest: () => isBiggest,
      random: () => true,
    };
    for (const kind of variationKinds) {
      const fitting = this.#settings.who.variations.filter(({ when }) => when.kind === kind && fits[kind](when));
      if (fitting.length > 0) return weighted(fitting, chance);
    }
    return undefined;
  }
}

function isExactly(
  money: Money,
  { amount, currency }: { readonly amount: string; readonly currency: string },
): boolean {
  return money.currency === currency && equals(money, amount);
}

function weighted(variations: readonly Variation[], chance: number): Variation | undefined {
  let left = chance * variations.reduce((sum, { weight }) => sum + weight, 0);
  for (const variation of variations) {
    left -= variation.weight;
    if (left < 0) return variation;
  }
  return variations.at(-1);
}
