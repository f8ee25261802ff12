/** What was to be said, and how small type may be. */
export interface Expected {
  readonly amount: string;
  readonly message: string;
  /** Pixels. */
  readonly smallestType: number;
}

/**
 * Runs in the page and looks at the alert on it: texts that are clipped, that leave their plate or the canvas, that lie on
 * one another, that are too small, or that are not all there. Gives a sentence for each fault. It needs nothing from
 * outside of itself, since it is sent to the page as text.
 */
export function findFaults(expected: Expected): readonly string[] {
  const alert = document.querySelector(".alert") as HTMLElement;
  const canvas = new DOMRect(0, 0, innerWidth, innerHeight);
  const faults: string[] = [];
  const parts = [".name", ".amount:not(.count)", ".detail", ".page.now", ".dots"]
    .map((selector) => alert.querySelector<HTMLElement>(selector))
    .filter((part): part is HTMLElement => part !== null && part.offsetHeight > 0);
  const plated =
    getComputedStyle(alert.querySelector(".plate") as HTMLElement).backgroundImage !== "none" ||
    getComputedStyle(alert.querySelector(".plate") as HTMLElement).backgroundColor !== "rgba(0, 0, 0, 0)";

  /** Each line's box, as high as capitals and their descenders are. Of a turned text each letter's, which fit more closely. */
  function lettersOf(part: HTMLElement): readonly DOMRect[] {
    const size = Number.parseFloat(getComputedStyle(part).fontSize);
    const text = part.firstChild;
    const turned = text instanceof Text && part.offsetWidth !== Math.round(part.getBoundingClientRect().width);
    const range = document.createRange();
    range.selectNodeContents(part);
    const boxes = turned
      ? [...text.data].flatMap((_, i) => {
          range.setStart(text, i);
          range.setEnd(text, i + 1);
          return [...range.getClientRects()];
        })
      : [...range.getClientRects()];
    return boxes
      .filter(({ width, height }) => width > 0 && height > 0)
      .map(({ x, y, width, height }) => new DOMRect(x, y + height / 2 - size * 0.42, width, size * 0.84));
  }
  function inside(box: DOMRect, outer: DOMRect): boolean {
    const { left, right, top, bottom } = outer;
    return box.left >= left - 1 && box.right <= right + 1 && box.top >= top - 1 && box.bottom <= bottom + 1;
  }
  function meet(a: DOMRect, b: DOMRect): boolean {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return across > 2 && down > 2;
  }
  function clipsOf(part: HTMLElement): readonly DOMRect[] {
    const clips: DOMRect[] = [];
    for (let outer = part.parentElement; outer !== null && outer !== document.body; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflowX !== "visible") clips.push(outer.getBoundingClientRect());
    }
    return clips;
  }

  const letters = parts.map((part) => ({ part, boxes: lettersOf(part), what: part.className.split(" ")[0] ?? "" }));
  for (const { part, boxes, what } of letters) {
    if (part.scrollWidth > part.clientWidth + 1) faults.push(`${what} overflows`);
    if (boxes.some((box) => !inside(box, canvas))) faults.push(`${what} leaves the canvas`);
    if (clipsOf(part).some((clip) => boxes.some((box) => !inside(box, clip)))) faults.push(`${what} is clipped`);
    const onTag = what === "amount" && alert.classList.contains("sticker");
    const plate = (alert.querySelector(".plate") as HTMLElement).getBoundingClientRect();
    if (plated && !onTag && boxes.some((box) => !inside(box, plate))) faults.push(`${what} leaves the plate`);
    const size = Number.parseFloat(getComputedStyle(part).fontSize);
    if (what !== "dots" && size < expected.smallestType - 0.01) faults.push(`${what} is ${size} px small`);
  }
  for (const [i, one] of letters.entries()) {
    for (const other of letters.slice(i + 1)) {
      const overlap = one.boxes.some((a) => other.boxes.some((b) => meet(a, b)));
      if (overlap) faults.push(`${one.what} and ${other.what} overlap`);
    }
  }
  const tallest = Number.parseFloat(getComputedStyle(alert).getPropertyValue("--tallest"));
  if (alert.offsetHeight > tallest + 1) faults.push(`${alert.offsetHeight} px high, of ${tallest}`);
  const pages = [...alert.querySelectorAll<HTMLElement>(".page")];
  const window = alert.querySelector(".message") as HTMLElement;
  if (pages.some((page) => page.offsetHeight > window.offsetHeight + 1)) faults.push("a page is higher than its place");
  if (pages.map((page) => page.textContent).join("") !== expected.message)
    faults.push("some of the message is missing");
  if (alert.querySelector(".amount")?.textContent !== expected.amount) faults.push("the amount is not whole");
  return faults;
}
