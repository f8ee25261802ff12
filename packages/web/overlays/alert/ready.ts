/** What an alert waits for before it enters, and for how long. */
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
  await nothingLater(Promise.all(missing.map(([font, text]) => document.fonts.load(font, text))));
}

/** What comes in time; undefined for what comes later or cannot be had, which is no reason to keep an alert back. */
export async function nothingLater<T>(work: Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const timer = setTimeout(resolve, patience, undefined);
  work.then(resolve, () => resolve(undefined));
  const ready = await promise;
  clearTimeout(timer);
  return ready;
}
