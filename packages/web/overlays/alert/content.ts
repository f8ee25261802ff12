import type { Look, Tier } from "@tipwire/client";
import type { OwnPicture } from "./picture.ts";

/** What an alert says: texts, ready to be shown. */
export interface AlertText {
  readonly id: string;
  readonly name: string;
  /** Money, or the kind of an event without money; `""` for neither. */
  readonly amount: string;
  readonly amountIsKind: boolean;
  readonly detail: string;
  readonly message: string;
  /** The name of the variation, for custom CSS; `null`: the usual one. */
  readonly variation: string | null;
}

/** How an alert looks. */
export interface Appearance {
  readonly look: Look;
  readonly tier: Tier;
  /** A CSS colour `#rrggbb`; without it the look's own. */
  readonly accent?: string | undefined;
  /** 1 is medium. */
  readonly size: number;
  readonly calm: boolean;
  readonly picture?: OwnPicture | undefined;
  /** Whether the look's own coins, confetti and dust are there. */
  readonly art: boolean;
}
