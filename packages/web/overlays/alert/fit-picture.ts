import type { OwnPicture } from "./picture.ts";

/** What is left of its height at least. */
const least = 0.4;

/** A picture above the words gives way to them. `tallest` is how high the alert may be, in pixels. */
export function fitPicture(alert: HTMLElement, { element, place }: OwnPicture, tallest: number): void {
  if (place !== "above") return;
  const beyond = alert.offsetHeight - tallest;
  const height = element.offsetHeight;
  if (beyond > 0) element.style.height = `${Math.max(least * height, height - beyond)}px`;
}
