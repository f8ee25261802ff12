/** Characters that turn the text around them, or are nothing that can be seen. */
const unwanted = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/** Viewer text as it may be drawn: no control or direction characters but line breaks, no towers of accents, not longer. */
export function cleanText(text: string, longest: number): string {
  const clean = text
    .toWellFormed()
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(unwanted, (character) => (character === "\n" || character === "\t" ? character : ""))
    .replaceAll(/(\p{M}{3})\p{M}+/gu, "$1")
    .trim();
  const graphemes = [...new Intl.Segmenter().segment(clean)];
  return graphemes.length <= longest
    ? clean
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
