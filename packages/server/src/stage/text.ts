/** Characters that turn the text around them, or are nothing that can be seen. */
const unwanted = /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/** What joins or varies signs, behind letters for which it does nothing: it would only hide a word or an address. Not of a keycap. */
const idle =
  /(?<=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}0-9.:/_-])(?!\ufe0f\u20e3)\p{Default_Ignorable_Code_Point}+/gu;

/**
 * Viewer text as it may be drawn: no control or direction characters but line breaks, no towers of accents. Filters look at this,
 * never at what came in.
 */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(unwanted, (character) => (character === "\n" || character === "\t" ? character : ""))
    .replaceAll(idle, "")
    .replaceAll(/(\p{M}{3})\p{M}+/gu, "$1")
    .trim();
}

/** At most so many signs, as people count them. */
export function shortened(text: string, longest: number): string {
  const graphemes = [...new Intl.Segmenter().segment(text)];
  return graphemes.length <= longest
    ? text
    : `${graphemes
        .slice(0, longest - 1)
        .map((each) => each.segment)
        .join("")}…`;
}

const link =
  /\b(?:https?:\/\/|www\.)\S+|\b[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.(?:com|net|org|ru|gg|tv|io|me|ly|co|su|xyz|info|link|online|site|shop)\b(?:\/\S*)?/giu;

/** The text without web addresses. */
export function withoutLinks(text: string): string {
  return text
    .replaceAll(link, "")
    .replaceAll(/[ \t]{2,}/g, " ")
    .trim();
}
