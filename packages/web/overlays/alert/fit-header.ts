import { cutToLines, lineCount } from "./lines.ts";

const nameSizes = [1, 0.85, 0.7];
const mostLines = 3;
const smallestAmount = 0.5;

/**
 * Name and amount. Where the look has them beside each other they stay so while the name fits in one line; else they stand
 * on one another. A long name shrinks, takes up to three lines, and ends in an ellipsis; a long amount shrinks to half.
 */
export function fitHeader(alert: HTMLElement, name: HTMLElement, amount: HTMLElement, row: boolean): void {
  if (row && fitRow(alert, name, amount)) return;
  fitName(name);
  fitAmount(amount);
}

function fitRow(alert: HTMLElement, name: HTMLElement, amount: HTMLElement): boolean {
  alert.classList.add("row");
  for (const size of nameSizes) {
    name.style.setProperty("--name", String(size));
    if (!overflows(name) && !overflows(amount)) return true;
  }
  alert.classList.remove("row");
  return false;
}

/** Two lines if a smaller size makes it so; three at the smallest. */
function fitName(name: HTMLElement): void {
  for (const size of nameSizes) {
    name.style.setProperty("--name", String(size));
    if (lineCount(name) < mostLines) return;
  }
  if (lineCount(name) > mostLines) cutToLines(name, mostLines);
}

function fitAmount(amount: HTMLElement): void {
  if (!overflows(amount)) return;
  const size = Math.max(smallestAmount, Math.floor((amount.clientWidth / amount.scrollWidth) * 100) / 100);
  amount.style.setProperty("--amount", String(size));
  if (overflows(amount)) amount.classList.add("breaks");
}

function overflows(element: HTMLElement): boolean {
  return element.scrollWidth > element.clientWidth + 1;
}
