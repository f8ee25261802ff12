import type { AlertContent } from "./alert.ts";
import type { Attending, Leaving } from "./screens.ts";
import type { StageSettings } from "./settings.ts";
import type { How, StageState } from "./stage.ts";

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
 * none any more. `node`: this node's session.
 */
export function differences(
  state: StageState,
  settings: StageSettings,
  pages: readonly Page[],
  node: string,
): readonly (Attending | Leaving)[] {
  const needsVisible = settings.late.holdWhileHidden;
  return state.screens.flatMap(({ id, leader }): (Attending | Leaving)[] => {
    const own = pages.filter(({ screen }) => screen === id);
    const fit = own.filter((page) => unfit(page, needsVisible) === undefined);
    const best = fit.find(({ obs }) => obs) ?? fit[0];
    const attend = (page: Page): Attending => ({
      kind: "attend",
      screen: id,
      leader: { copy: page.copy, node, obs: page.obs, streaming: page.streaming },
    });
    if (leader === null) return best === undefined ? [] : [attend(best)];
    const page = own.find(({ copy }) => copy === leader.copy);
    const isHere = leader.node === node;
    const isOtherwise = !isHere || leader.streaming !== page?.streaming;
    if (page !== undefined && isOtherwise && fit.includes(page)) return [attend(page)];
    const why = isHere ? (page === undefined ? "closed" : unfit(page, needsVisible)) : undefined;
    if (why !== undefined) return [{ kind: "leave", screen: id, copy: leader.copy, why }];
    return best?.obs === true && !leader.obs && state.showing === null ? [attend(best)] : [];
  });
}

function unfit({ isPresent, isVisible, isFrozen }: Page, needsVisible: boolean): Leaving["why"] | undefined {
  if (!isPresent) return "closed";
  if (isFrozen) return "frozen";
  return needsVisible && !isVisible ? "hidden" : undefined;
}
