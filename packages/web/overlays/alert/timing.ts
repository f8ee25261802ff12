/** How long an alert stays: until its text can be read and its sound is over. */
export interface Timing {
  /** Milliseconds that the entrance takes. */
  readonly entrance: number;
  /** Characters on each page. */
  readonly lengths: readonly number[];
  /** Milliseconds of the sound, its delay included; 0 for none. */
  readonly sound: number;
  /** Milliseconds at least, and at most. */
  readonly least: number;
  readonly most: number;
}

const charactersPerSecond = 15;
const toNotice = 1500;
const shortestPage = 2000;

/** Milliseconds from the first frame until each page gives way, in order; the last one to the alert's leaving. */
export function pageEnds({ entrance, lengths, sound, least, most }: Timing): readonly number[] {
  const reading = lengths.map((length, page) =>
    Math.max(shortestPage, (page === 0 ? entrance + toNotice : 0) + (length / charactersPerSecond) * 1000),
  );
  const read = reading.reduce((sum, milliseconds) => sum + milliseconds, 0);
  const stretch = Math.min(most, Math.max(least, sound, read)) / read;
  let end = 0;
  return reading.map((milliseconds) => {
    end += milliseconds * stretch;
    return Math.round(end);
  });
}
