import type { Alert, OpenState } from "./alert.ts";
import type { Receipt } from "./receipts.ts";
import type { StageSettings } from "./settings.ts";

/** One page of a screen that is on this or another node, as others know it. */
export interface Leader {
  /** The page's own name for itself, made when it was loaded. */
  readonly copy: string;
  /** The session of the node that holds its connection, `fence/token`. */
  readonly node: string;
  /** Which of the page's connections that is: the highest number is the one that it has by now. */
  readonly connection: number;
  readonly obs: boolean;
  /** Whether OBS streams, as the page says; `null`: it cannot say. */
  readonly streaming: boolean | null;
}

/** An output of the stage. Of its pages one plays, the leader; `null`: there is none that could. */
export interface Screen {
  readonly id: number;
  readonly name: string;
  readonly leader: Leader | null;
  /** The page that led last and said that it cannot, over this connection; `null`: none did. */
  readonly left: Pick<Leader, "copy" | "connection"> | null;
}

/** What one screen makes of the alert that is on the stage. `copy`: the page that plays it, or did when it was last heard. */
export interface Part {
  readonly screen: number;
  readonly copy: string;
  readonly status: "sent" | "started" | "finished" | "failed" | "lost";
  /** When it was given to `copy`, milliseconds since 1970. */
  readonly sentAt: number;
  /** Since when its screen has no page, milliseconds since 1970; 0: it has one. */
  readonly goneAt: number;
  /** How many pages began to play it in this showing. */
  readonly begun: number;
}

/** One alert's turn on the stage. */
export interface Showing {
  /** `alert~number`: a report names it, however late. */
  readonly id: string;
  readonly alert: string;
  /** The hard limit: nothing that a page does or fails to do keeps the stage longer. */
  readonly deadline: number;
  /** How often the alert had begun to play before. */
  readonly begunBefore: number;
  /** In the order of the screens: the first that is not lost or failed decides the final state. */
  readonly parts: readonly Part[];
  /** The screen that sounds; `null`: none. */
  readonly sound: number | null;
}

export type How = "finished" | "skip" | "clear" | "panic" | "moved";

export interface Undo {
  readonly until: number;
  readonly alerts: readonly { readonly id: string; readonly state: OpenState; readonly decideBy: number | null }[];
}

/** Everything that waited at `upTo` becomes `to`, in portions; with the stage also what is held. */
export interface Sweep {
  readonly upTo: number;
  readonly to: "skipped" | "silent";
  readonly why: "cleared" | "panic" | "stage-removed";
  readonly by: string;
}

/** What was heard of OBS's stream, milliseconds since 1970. */
export interface OnAir {
  /** When it went live last; `null`: nobody ever said so. */
  readonly since: number | null;
  /** When it ended; `null` as long as nobody said so. */
  readonly until: number | null;
}

/** Where a stage stands. Every change of it is one conditional update of its row. */
export interface StageState {
  readonly mode: "playing" | "paused" | "panic";
  readonly muted: boolean;
  /** 0 to 100. */
  readonly volume: number;
  /** The last number that was given to a showing, or an alert of the stage's own. */
  readonly serial: number;
  readonly screens: readonly Screen[];
  readonly showing: Showing | null;
  /** How the showing before ended. Where it finished, the pages that had begun it play it to their own end. */
  readonly last: { readonly showing: string; readonly how: How; readonly begunBy: readonly string[] } | null;
  /** Nothing begins before. */
  readonly nextAt: number;
  readonly onAir: OnAir;
  /** The last time in which nothing could be shown; `to` is `null` while it lasts. */
  readonly absence: { readonly from: number; readonly to: number | null };
  readonly sweep: Sweep | null;
  readonly undo: Undo | null;
}

export function newStage(now: number): StageState {
  return {
    mode: "playing",
    muted: false,
    volume: 100,
    serial: 0,
    screens: [],
    showing: null,
    last: null,
    nextAt: 0,
    onAir: { since: null, until: null },
    absence: { from: now, to: null },
    sweep: null,
    undo: null,
  };
}

/** A stage as it was read: what a turn decides by. */
export interface StageView {
  /** Of the stage's row: a change is made only where it is still this one. */
  readonly version: number;
  readonly state: StageState;
  readonly settings: StageSettings;
  /** The alert on the stage, the next that wait, those whose review ends next, and what was asked for by name. */
  readonly alerts: readonly Alert[];
  /** How many are queued in all. */
  readonly queued: number;
  /** The highest rank among the queued; 0 where there are none. */
  readonly lastRank: number;
}

/** What a turn changes, all or nothing. */
export interface StageChange {
  readonly state: StageState;
  readonly alerts: readonly Alert[];
  readonly receipts: readonly Receipt[];
  readonly audit: readonly AuditEntry[];
}

/** Who did what. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly by: string;
  readonly action: string;
  /** The alert that it was done to; `null`: the whole stage. */
  readonly subject: string | null;
}
