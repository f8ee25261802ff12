import { lineCount, lineHeight, lineStart } from "./lines.ts";

export interface Pages {
  /** How many characters each page has; at least one page, even without a message. */
  readonly lengths: readonly number[];
  turnTo(page: number): void;
}

/** More pages than these are too many to read: rather a smaller amount. */
const mostPages = 3;
const amountSizes = [0.75, 0.5];

/**
 * The message: in the larger size, else in the smaller one, else without what the tier adds to the alert's size, else on
 * pages of whole lines, about equally full, with dots below that say how many there are. Where there would be too many of
 * them the amount gives way. `tallest` is how high the alert may be, in pixels.
 */
export function fitMessage(alert: HTMLElement, text: string, sizes: readonly number[], tallest: number): Pages {
  const message = alert.querySelector(".message") as HTMLElement;
  const page = pageOf(text);
  message.replaceChildren(page);
  const [largest, ...others] = ["", "1"].flatMap((scale) => sizes.map((size) => ({ scale, size })));
  const fitsAt = (form: typeof largest) => {
    alert.style.setProperty("--tier", form?.scale ?? "");
    message.style.setProperty("--message-size", String(form?.size));
    return alert.offsetHeight <= tallest;
  };
  // Each try is a layout: what does not fit at the smallest is spared those between.
  const fits = fitsAt(largest) || (fitsAt(others.at(-1)) && others.some(fitsAt));
  if (fits || text === "") return showing([page], []);
  const dots = alert.querySelector(".dots") as HTMLElement;
  dots.append(document.createElement("i"));
  const lines = linesOfPage(alert, message, lineCount(page), tallest);
  const pages = turnable(alert, message, page, lines, tallest);
  dots.replaceChildren(...pages.map(() => document.createElement("i")));
  return showing(pages, [...dots.children]);
}

/**
 * Puts pages of so many lines in the whole page's place. Letters that join look, and are, different at a cut, and may then
 * need a line more: in that case pages of a line less.
 */
function turnable(
  alert: HTMLElement,
  message: HTMLElement,
  whole: HTMLElement,
  lines: number,
  tallest: number,
): readonly HTMLElement[] {
  const pages = slices(whole, lines).map(pageOf);
  for (const page of pages) page.dir = getComputedStyle(whole).direction;
  message.classList.add("paged");
  message.replaceChildren(...pages);
  if (alert.offsetHeight <= tallest || lines === 1) return pages;
  message.classList.remove("paged");
  message.replaceChildren(whole);
  return turnable(alert, message, whole, lines - 1, tallest);
}

/** How many lines a page takes, of so many in all. */
function linesOfPage(alert: HTMLElement, message: HTMLElement, lines: number, tallest: number): number {
  const amount = alert.querySelector(".amount") as HTMLElement;
  const present = Number(amount.style.getPropertyValue("--amount") || 1);
  let pages = lines;
  for (const size of [present, ...amountSizes.filter((smaller) => smaller < present)]) {
    amount.style.setProperty("--amount", String(size));
    const others = alert.offsetHeight - message.offsetHeight;
    const fitting = Math.max(1, Math.floor((tallest - others) / lineHeight(message)));
    pages = Math.ceil(lines / fitting);
    if (pages <= mostPages) break;
  }
  return Math.ceil(lines / pages);
}

/** The page's text cut before every `step`th line. */
function slices(page: HTMLElement, step: number): readonly string[] {
  const text = page.firstChild?.firstChild as Text;
  const cuts: number[] = [];
  for (let line = 0; line < lineCount(page); line += step) cuts.push(line === 0 ? 0 : lineStart(page, text, line));
  return cuts.map((start, i) => text.data.slice(start, cuts[i + 1])).filter((slice) => slice.trim() !== "");
}

function pageOf(text: string): HTMLElement {
  const page = document.createElement("p");
  page.className = "page";
  page.dir = "auto";
  if (text !== "") page.appendChild(document.createElement("span")).textContent = text;
  return page;
}

function showing(pages: readonly HTMLElement[], dots: readonly Element[]): Pages {
  const turnTo = (page: number) => {
    for (const elements of [pages, dots]) {
      for (const [i, element] of elements.entries()) element.classList.toggle("now", i === page);
    }
  };
  turnTo(0);
  return { lengths: pages.map(({ textContent }) => textContent?.length ?? 0), turnTo };
}
