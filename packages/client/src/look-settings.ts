/** The part of a stage's settings that overlay pages draw and sound by. */

export const looks = ["wire", "headline", "sticker", "arcade", "velvet"] as const;
export type Look = (typeof looks)[number];

export const places = [
  "top-left",
  "top",
  "top-right",
  "left",
  "middle",
  "right",
  "bottom-left",
  "bottom",
  "bottom-right",
] as const;
export type Place = (typeof places)[number];

export interface LookSettings {
  readonly look: Look;
  /** `#rrggbb`; `null` the look's own. */
  readonly accent: string | null;
  readonly size: "S" | "M" | "L";
  readonly place: Place;
  /** Units of the layout between the alert and the canvas's edge. */
  readonly margin: number;
  readonly calm: boolean;
  /** The line above the message, with `{name}`, `{amount}`, `{total}`, `{count}`; `null` the language's own. */
  readonly line: string | null;
  readonly showMessage: boolean;
  /** Characters; what is longer is cut. */
  readonly longestMessage: number;
  readonly emoji: boolean;
  readonly amounts: "donated" | "mine" | "both";
  /** BCP 47; `null` the browser's. */
  readonly language: string | null;
  /** An uploaded file's id. */
  readonly picture: { readonly kind: "built-in" | "none" } | { readonly kind: "upload"; readonly file: string };
  readonly pictureFit: "contain" | "cover";
  readonly picturePlace: "above" | "left" | "behind";
  readonly sound: { readonly kind: "built-in" | "none" } | { readonly kind: "upload"; readonly file: string };
  /** 0 to 100. */
  readonly soundVolume: number;
  readonly soundDelayMs: number;
  readonly css: string;
}
