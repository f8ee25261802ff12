import type { Doorbell, Ring } from "../log/doorbell.ts";

/** The doorbell within one process. */
export function memoryDoorbell(): Doorbell {
  const listeners = new Set<Ring>();
  return {
    ring(topic, version) {
      for (const hear of listeners) hear(topic, version);
    },
    listen(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  };
}
