/** Letters that look alike, each row under its first: Cyrillic for Latin, digits and signs for letters. */
const alike = [
  "aа@4",
  "bв8ь",
  "cс",
  "eеёэ3є",
  "gг9",
  "hн",
  "iіїl1|!й",
  "kк",
  "mм",
  "nп",
  "oо0",
  "pр",
  "s$5ѕ",
  "tт7",
  "uи",
  "xх",
  "yуў",
];
const skeletons = new Map(alike.flatMap((row) => [...row].map((letter) => [letter, row[0] ?? ""] as const)));

interface Word {
  readonly start: number;
  readonly end: number;
  readonly folded: string;
}

/** A list of words as the filter compares them; `*` at the end of one: every word that begins so. */
export class WordList {
  readonly #whole = new Set<string>();
  readonly #beginnings: string[] = [];

  constructor(words: readonly string[]) {
    for (const word of words) {
      const folded = fold(word.replace(/\*$/, ""));
      if (folded === "") continue;
      if (word.endsWith("*")) this.#beginnings.push(folded);
      else this.#whole.add(folded);
    }
  }

  /** Whether the text holds one of them, however it is spelled: look-alike letters, repeated ones, spaces between letters. */
  matches(text: string): boolean {
    return this.#found(text).length > 0;
  }

  /** The text with each of them masked by stars. */
  mask(text: string): string {
    let masked = text;
    for (const { start, end } of this.#found(text)) {
      masked = masked.slice(0, start) + masked.slice(start, end).replaceAll(/\S/g, "*") + masked.slice(end);
    }
    return masked;
  }

  #found(text: string): readonly Word[] {
    return wordsOf(text).filter(
      ({ folded }) => this.#whole.has(folded) || this.#beginnings.some((beginning) => folded.startsWith(beginning)),
    );
  }
}

/** The letters that a text looks like it is made of: without case, accents, repetitions and signs. */
export function fold(text: string): string {
  let folded = "";
  for (const letter of text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()) {
    const skeleton = skeletons.get(letter) ?? (/[\p{L}\p{N}]/u.test(letter) ? letter : "");
    if (skeleton !== folded.at(-1)) folded += skeleton;
  }
  return folded;
}

/** Words, whatever stands between signs in one, and what single letters in a row make ("f u c k", "f.u.c.k"). */
function wordsOf(text: string): readonly Word[] {
  const parts = found(text, /[^\s,.;:?…/\\()"«»_-]+/g);
  const words = [...found(text, /\S+/g), ...parts];
  for (let first = 0; first < parts.length; first++) {
    let last = first;
    while (isLetter(parts[last]) && isLetter(parts[last + 1])) last++;
    if (last > first) words.push(wordAt(text, parts[first]?.start ?? 0, parts[last]?.end ?? 0));
    first = last;
  }
  return words;
}

function found(text: string, pattern: RegExp): readonly Word[] {
  return [...text.matchAll(pattern)].map(({ 0: { length }, index }) => wordAt(text, index, index + length));
}

function wordAt(text: string, start: number, end: number): Word {
  // A sign at the end is one; elsewhere it may stand for a letter ("!diot").
  const word = text.slice(start, end).replace(/[\p{P}|]+$/u, "");
  return { start, end: start + word.length, folded: fold(word) };
}

function isLetter(word: Word | undefined): boolean {
  return word?.folded.length === 1;
}
