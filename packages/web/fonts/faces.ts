/** The typefaces of the overlays: all under the SIL Open Font License, from npm, served from our own origin. */
export interface Face {
  /** As the style sheets call it. */
  readonly family: string;
  /** The npm package that brings it. */
  readonly from: string;
  /** What its files are called there, and here. */
  readonly slug: string;
  /** How its files end there. */
  readonly suffix: string;
  readonly weights: string;
  /** Parts of the script that the browser loads when a text needs them. */
  readonly subsets: readonly string[];
}

const european = ["latin", "latin-ext", "cyrillic", "cyrillic-ext"];

function variable(family: string, slug: string, weights: string, subsets: readonly string[] = european): Face {
  return { family, from: `@fontsource-variable/${slug}`, slug, suffix: "wght-normal", weights, subsets };
}

export const faces: readonly Face[] = [
  variable("Onest", "onest", "100 900"),
  variable("Unbounded", "unbounded", "200 900"),
  variable("Oswald", "oswald", "200 700"),
  variable("Nunito", "nunito", "200 1000"),
  variable("Lora", "lora", "400 700"),
  variable("JetBrains Mono", "jetbrains-mono", "100 800"),
  {
    family: "Press Start 2P",
    from: "@fontsource/press-start-2p",
    slug: "press-start-2p",
    suffix: "400-normal",
    weights: "400",
    subsets: european,
  },
  variable("Noto Sans Arabic", "noto-sans-arabic", "100 900", ["arabic"]),
  variable("Noto Sans Hebrew", "noto-sans-hebrew", "100 900", ["hebrew"]),
];

/**
 * The signs of money (₠ … ⃀). Unbounded draws them in a part of 118 KB, which the default look would load for a single ₽;
 * so they are cut out into a part of their own, which its licence allows (it reserves no name).
 */
export const currencySigns = { family: "Unbounded", subset: "latin-ext", first: 0x20a0, last: 0x20c0 };

/**
 * Emoji as Twemoji draws them, in layers of colour that every Chromium since 98 can draw. Loaded when the first one is
 * shown. The range leaves digits and letters alone.
 */
export const emoji = {
  family: "Emoji",
  from: "twemoji-colr-font",
  file: "twemoji.woff2",
  /** The font is under the OFL; its drawings want to be credited. */
  drawings: "Twemoji, drawings © Twitter, Inc and other contributors, under CC BY 4.0",
  range:
    "U+200D,U+203C,U+2049,U+2139,U+2194-21AA,U+231A-23FA,U+25AA-25FE,U+2600-27BF,U+2934-2B55,U+3030,U+FE0F,U+1F000-1FAFF,U+E0020-E007F",
};
