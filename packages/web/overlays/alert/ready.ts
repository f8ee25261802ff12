/** What an alert needs before it may enter: typefaces that hold its letters, and its picture decoded. */
import type { LookTraits } from "../looks/looks.ts";

/** Milliseconds after which it enters as it is: better a plain letter than a late alert. */
const patience = 300;

const usualLetters = "Aa Яя";
const usualAmount = "0 ₽ € $";

/** Fetches ahead what most alerts of a look need, so that the first one need not wait. */
export function fetchFonts({ name, amount, message }: LookTraits["fonts"]): void {
  const wanted = [
    [name, usualLetters],
    [amount, usualAmount],
    [message, usualLetters],
  ] as const;
  for (const [font, text] of wanted) document.fonts.load(font, text).catch(() => undefined);
}

/** `texts` by their typeface, as `document.fonts.load` takes it. */
export async function fontsReady(texts: readonly (readonly [font: string, text: string])[]): Promise<void> {
  const wanted = texts.filter(([, text]) => text !== "");
  const missing = wanted.filter(([font, text]) => !document.fonts.check(font, text));
  if (missing.length === 0) return;
  await within(patience, Promise.all(missing.map(([font, text]) => document.fonts.load(font, text))));
}

export async function picturesReady(element: HTMLElement): Promise<void> {
  const images = [...element.querySelectorAll("img")].filter(({ complete }) => !complete);
  if (images.length > 0) await within(patience, Promise.all(images.map((image) => image.decode())));
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  // A file that cannot be had is no reason to keep the alert back.
  work.then(
    () => resolve(),
    () => resolve(),
  );
  await promise;
  clearTimeout(timer);
}
