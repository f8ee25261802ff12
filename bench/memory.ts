/** Resident memory in bytes, once it has stopped to fall: whole collections until three readings agree. */
export async function quietMemory(): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < 40; i++) {
    if (typeof Bun === "undefined") global.gc?.();
    else Bun.gc(true);
    await new Promise<void>((resolve) => setTimeout(resolve, 150));
    readings.push(process.memoryUsage.rss());
    const [a, b, c] = readings.slice(-3);
    if (a !== undefined && b !== undefined && c !== undefined && Math.max(a, b, c) - Math.min(a, b, c) < 256 * 1024)
      break;
  }
  return readings.at(-1) ?? 0;
}
