import { eachOf } from "./api.ts";
import type { Ledger } from "./ledger.ts";
import type { DrilledServer } from "./server.ts";

/** So many events to every channel, as fast as they are taken. */
export async function sendToEach(
  { api }: DrilledServer,
  slugs: readonly string[],
  ledger: Ledger,
  times: number,
): Promise<void> {
  for (let i = 0; i < times; i++) {
    await eachOf([...slugs.keys()], async (channel) => {
      const entry = ledger.add(channel);
      entry.sentAt = performance.now();
      ledger.acknowledge(entry, await api.send(slugs[channel] ?? "", entry.name), "stored");
    });
  }
}
