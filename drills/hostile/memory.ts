import { pause } from "../pause.ts";

export interface MemoryFigure {
  /** Bytes. */
  readonly resident: number;
  readonly heap: number;
}

/**
 * What the server holds once it has had nothing to do for a while: the least of its figures until both are at most
 * `enough`, for `seconds` at most. Bun collects by itself when it is idle; nothing is forced from outside, so what is read
 * here is what an operator would see.
 */
export async function settledMemory(url: string, seconds: number, enough?: MemoryFigure): Promise<MemoryFigure> {
  let least: MemoryFigure = { resident: Number.POSITIVE_INFINITY, heap: Number.POSITIVE_INFINITY };
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await pause(500)) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
    const resident = read("tipwire_process_resident_memory_bytes");
    const heap = read("tipwire_nodejs_heap_size_used_bytes");
    least = { resident: Math.min(least.resident, resident), heap: Math.min(least.heap, heap) };
    if (enough !== undefined && least.resident <= enough.resident && least.heap <= enough.heap) break;
  }
  return least;
}

/** Sessions and followers that are still open, by their series. */
export async function leftOpen(url: string): Promise<readonly string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").filter((line) => /^tipwire_(sessions|followers|followed_channels)\b.* [1-9]/.test(line));
}
