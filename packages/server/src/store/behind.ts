/** What a store answers, so that the channels in which a projection is behind are found. */
export interface Growth {
  /**
   * Channels with a record numbered above `after`, and up to which number records are certain to have been seen when this
   * was answered: `undefined` while that is not known yet.
   */
  grown(after: number): Promise<{ readonly channels: readonly number[]; readonly seen: number | undefined }>;
  /** Those of `among`, without it of all channels, in which `projection` is behind; at most `behindAtMost`. */
  behind(projection: string, among?: readonly number[]): Promise<readonly number[]>;
}

export const behindAtMost = 500;

/** After the last look: what was behind then, and up to which number all records had been seen. */
interface Looked {
  readonly behind: readonly number[];
  readonly seen: number;
}

/**
 * Finds the channels in which a projection is behind, at most `behindAtMost`. The first looks are at all channels; later
 * ones only at those that have grown meanwhile, and at those that were behind, however many others there are.
 */
export function lookingBehind({ grown, behind }: Growth): (projection: string) => Promise<readonly number[]> {
  const looks = new Map<string, Looked>();
  return async (projection) => {
    const last = looks.get(projection);
    // Asked first: what grows after that is asked for again.
    const { channels, seen } = await grown(last?.seen ?? Number.MAX_SAFE_INTEGER);
    const among = last && [...new Set([...last.behind, ...channels])];
    const found = among?.length === 0 ? [] : await behind(projection, among);
    // A full list may lack some, which the same look finds again.
    if (seen !== undefined && found.length < behindAtMost) looks.set(projection, { behind: found, seen });
    return found;
  };
}
