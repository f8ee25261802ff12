/** A stage's settings: which events become alerts, and how they are shown. `docs/overlays.md` says what each does. */
import type { LookSettings } from "./look-settings.ts";
import type { Tier } from "./overlay-wire.ts";
import type { EventType } from "./wire.ts";

/** Decimal text by currency: {"USD": "5"}. A currency without one takes that of USD, rounded to 1-2-5. */
export type AmountsByCurrency = Readonly<Record<string, string>>;

export interface WhoSettings {
  /** Kinds of events that become alerts. */
  readonly kinds: Readonly<Record<EventType, boolean>>;
  /** Donations below it become no alert; below `soundFrom` they are silent on screen. */
  readonly showFrom: AmountsByCurrency;
  readonly soundFrom: AmountsByCurrency;
  /** Where medium, big and huge begin. Small is everything below. */
  readonly tiers: Readonly<Record<string, readonly [medium: string, big: string, huge: string]>>;
  /** The first that fits decides. `chance`: its weight among those of the same condition. */
  readonly variations: readonly Variation[];
}

/** A look of its own for some alerts: its `name` is what `AlertContent.variation` says. */
export interface Variation {
  readonly name: string;
  readonly when:
    | { readonly kind: "exact"; readonly amount: string; readonly currency: string }
    | { readonly kind: "first-time" }
    /** Bigger than all donations before it since OBS went live, or since the first one after six hours without any. */
    | { readonly kind: "biggest" }
    | { readonly kind: "random" };
  readonly tier?: Tier;
  readonly weight: number;
}

export interface SafetySettings {
  /** Masked with stars. Look-alike letters count as the same: с/c, а/a, 0/о, ё/е. */
  readonly mildWords: readonly string[];
  /** An alert that holds one waits for review. */
  readonly strongWords: readonly string[];
  /** Donors that become no alert. */
  readonly blockedNames: readonly string[];
  readonly links: "remove" | "keep";
  readonly review: "off" | "flagged" | "all";
  readonly undecidedAfterSeconds: number;
  readonly undecided: "show-without-message" | "show" | "reject";
}

export interface TimeSettings {
  /** Seconds on screen at least, by tier. */
  readonly least: Readonly<Record<Tier, number>>;
  /** Seconds on screen at most, whatever text and sound there is. */
  readonly most: number;
  /** Seconds between two alerts. */
  readonly pause: number;
}

export interface LateSettings {
  /** Older than so many seconds is late: read back after an outage, or waiting while no screen was visible. */
  readonly lateAfterSeconds: number;
  readonly late: "play" | "sum-up" | "count-only";
  /** Small ones are merged when more than so many wait; `null` never. */
  readonly mergeOver: number | null;
  readonly holdWhileHidden: boolean;
  /** Everything but tests waits until a page in OBS says that it streams. */
  readonly holdUntilLive: boolean;
}

export interface StageSettings {
  readonly who: WhoSettings;
  readonly safety: SafetySettings;
  readonly time: TimeSettings;
  readonly late: LateSettings;
  /** The id of the screen that sounds; `null` the first one. */
  readonly soundScreen: number | null;
  readonly look: LookSettings;
}
