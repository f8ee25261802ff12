/** Where the lines of a laid-out text begin, found with `Range`: what is measured is what is drawn. */

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many lines high the element is. */
export function lineCount(element: HTMLElement): number {
  return Math.round(element.offsetHeight / lineHeight(element));
}

export function lineHeight(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).lineHeight);
}

/** Where in `text`, which lies in `block`, the first letter of that line or of one below stands; its length if there is none. */
export function lineStart(block: HTMLElement, text: Text, line: number): number {
  const top = block.getBoundingClientRect().top;
  const height = lineHeight(block);
  const letters = [...graphemes.segment(text.data)].filter(({ segment }) => segment.trim() !== "");
  const range = document.createRange();
  const lineOf = ({ index, segment }: Intl.SegmentData) => {
    range.setStart(text, index);
    range.setEnd(text, index + segment.length);
    const box = range.getBoundingClientRect();
    return Math.floor((box.top + box.height / 2 - top) / height);
  };
  let [first, end] = [0, letters.length];
  while (first < end) {
    const middle = (first + end) >> 1;
    if (lineOf(letters[middle] as Intl.SegmentData) < line) first = middle + 1;
    else end = middle;
  }
  return letters[first]?.index ?? text.length;
}

/** Shortens the text until the element has at most so many lines, and ends it with an ellipsis. */
export function cutToLines(element: HTMLElement, most: number): void {
  const parts = [...graphemes.segment(element.textContent ?? "")].map(({ segment }) => segment);
  let fitting = 0;
  let tooMany = parts.length;
  while (tooMany - fitting > 1) {
    const middle = (fitting + tooMany) >> 1;
    element.textContent = `${parts.slice(0, middle).join("").trimEnd()}…`;
    if (lineCount(element) <= most) fitting = middle;
    else tooMany = middle;
  }
  element.textContent = `${parts.slice(0, fitting).join("").trimEnd()}…`;
}
