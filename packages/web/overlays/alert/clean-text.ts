/** Controls but the line feed, and every mark that changes the direction of the text around it or that shows nothing. */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\p{Noncharacter_Code_Point}|\p{Surrogate}/gu;

/** More than two marks on one letter draw over the lines above and below. */
const piledMarks = /(\p{M}{2})\p{M}+/gu;

/** A viewer's text as it may be shown: the same words, without what would break the picture. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(invisible, "")
    .replace(piledMarks, "$1")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
