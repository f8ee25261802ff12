import type { AlertContent } from "./alert.ts";
import { type Attending, isLeftBehind, type Leaving } from "./screens.ts";
import type { StageSettings } from "./settings.ts";
import type { How, Leader, StageState } from "./stage.ts";

/** What a page is told to put on screen. */
export interface Order {
  readonly showing: string;
  /** The event's id; `null` for a summary. */
  readonly event: string | null;
  readonly content: AlertContent;
  readonly sound: boolean;
  /** Milliseconds on screen at least and at most. */
  readonly least: number;
  readonly most: number;
}

/** How the conductor speaks to a page, whatever protocol carries it. */
export interface PageOutlet {
  show(order: Order): void;
  /** `null`: whatever is there. */
  hide(showing: string | null, how: Exclude<How, "finished">): void;
  sound(muted: boolean, volume: number): void;
  settings(version: number, look: StageSettings["look"]): void;
  noted(showing: string, report: "started" | "finished" | "failed"): void;
  ping(): void;
  /** Its key may have ended. */
  keysChanged(): void;
  /** Its screen was removed, alone or with the stage. */
  screenGone(): void;
}

/** A page of a screen that is connected to this node, or was until a moment ago. */
export interface Page {
  readonly screen: number;
  /** Its own name for itself. */
  readonly copy: string;
  /** Grows with each connection that it makes; 0: it does not count them. */
  readonly connection: number;
  /** In OBS, which is preferred to a browser's tab. */
  readonly obs: boolean;
  /** Whether OBS streams; `null`: it cannot say. */
  readonly streaming: boolean | null;
  readonly isPresent: boolean;
  readonly isVisible: boolean;
  readonly isFrozen: boolean;
}

/**
 * What the pages of this node have to tell the stage, compared with what it believes: who offers to lead, and which leader is
 * none any more. `node`: this node's session. `sessions`: that one and those that it had before.
 */
export function differences(
  state: StageState,
  settings: StageSettings,
  pages: readonly Page[],
  node: string,
  sessions: ReadonlySet<string>,
): readonly (Attending | Leaving)[] {
  const needsVisible = settings.late.holdWhileHidden;
  return state.screens.flatMap((screen): (Attending | Leaving)[] => {
    const { id, leader } = screen;
    const own = pages.filter((page) => page.screen === id && !isLeftBehind(screen, page));
    const fit = own.filter((page) => unfit(page, needsVisible) === undefined);
    const best = fit.find(({ obs }) => obs) ?? fit[0];
    const attend = (page: Page): Attending => ({
      kind: "attend",
      screen: id,
      leader: { copy: page.copy, node, connection: page.connection, obs: page.obs, streaming: page.streaming },
    });
    if (leader === null) return best === undefined ? [] : [attend(best)];
    const page = own.find(({ copy }) => copy === leader.copy);
    if (page !== undefined && hasNews(page, leader, node, sessions) && fit.includes(page)) return [attend(page)];
    const why = page === undefined ? "closed" : unfit(page, needsVisible);
    const connection = Math.max(connectionOf(leader), page?.connection ?? 0);
    const isOurs = leader.node === node || connection > connectionOf(leader);
    if (isOurs && why !== undefined) return [{ kind: "leave", screen: id, copy: leader.copy, connection, why }];
    return best?.obs === true && !leader.obs && state.showing === null ? [attend(best)] : [];
  });
}

/** A node of the version before does not write it. */
function connectionOf({ connection }: Partial<Leader>): number {
  return connection ?? 0;
}

/** Whether the leader is on this node now, or is not as it was. Of two connections only the later one says so. */
function hasNews(page: Page, leader: Leader, node: string, sessions: ReadonlySet<string>): boolean {
  const led = connectionOf(leader);
  if (page.connection !== led) return page.connection > led;
  return leader.node === node ? leader.streaming !== page.streaming : sessions.has(leader.node);
}

function unfit({ isPresent, isVisible, isFrozen }: Page, needsVisible: boolean): Leaving["why"] | undefined {
  if (!isPresent) return "closed";
  if (isFrozen) return "frozen";
  return needsVisible && !isVisible ? "hidden" : undefined;
}
