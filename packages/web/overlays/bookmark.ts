/**
 * Where this page goes on after a reload: behind the last alert that it showed to the end, so that one cut short is shown
 * again and one that came meanwhile is not missed. It is renewed while the page lives. A page that was away for longer
 * than ten minutes (a new stream, usually) starts with what happens from then on instead of playing old alerts.
 *
 * Copies of the page in one browser share the bookmark: after a reload a copy that was behind goes on from the furthest.
 */
export interface Bookmark {
  readonly cursor: string;
  /** The last few events shown: a restored log may hand them out again. */
  readonly shown: readonly string[];
}

const validFor = 10 * 60_000;

export function readBookmark(token: string, now: number): Bookmark | undefined {
  try {
    const { cursor, shown, at } = JSON.parse(localStorage.getItem(nameFor(token)) ?? "{}");
    const usable = typeof cursor === "string" && Array.isArray(shown) && Math.abs(now - at) < validFor;
    return usable ? { cursor, shown: shown.filter((id) => typeof id === "string") } : undefined;
  } catch {
    return undefined;
  }
}

export function writeBookmark(token: string, { cursor, shown }: Bookmark, now: number): void {
  try {
    localStorage.setItem(nameFor(token), JSON.stringify({ cursor, shown, at: now }));
  } catch {
    // No storage in this browser: a reload then starts at the head.
  }
}

/** 64 bits of the token's FNV-1a: tells tokens apart and does not give one away (no `crypto.subtle` over plain http). */
function nameFor(token: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of token) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  }
  return `tipwire.overlay.${hash.toString(16)}`;
}
