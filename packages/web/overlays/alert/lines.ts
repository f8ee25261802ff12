/** Where the lines of a laid-out text begin, found with `Range`: what is measured is what is drawn. */

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How many lines high the element is. */
export function lineCount(element: HTMLElement): number {
  return Math.round(element.offsetHeight / lineHeight(element));
}

export function lineHeight(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).lineHeight);
}

/** Where each line begins, as an offset into `text`, which lies in `block`. An empty line begins where the one before does. */
export function lineStarts(block: HTMLElement, text: Text): readonly number[] {
  const top = block.getBoundingClientRect().top;
  const height = lineHeight(block);
  const starts = [0];
  const range = document.createRange();
  for (const { index, segment } of graphemes.segment(text.data)) {
    if (segment.trim() === "") continue;
    range.setStart(text, index);
    range.setEnd(text, index + segment.length);
    const box = range.getBoundingClientRect();
    const line = Math.floor((box.top + box.height / 2 - top) / height);
    while (starts.length <= line) starts.push(index);
  }
  return starts;
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
