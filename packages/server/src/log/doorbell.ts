/** What changed: `log:7` grew, `access` changed, `connections` were added, changed or removed. */
export type Topic = `log:${number}` | `stage:${number}` | "access" | "connections";

export type Ring = (topic: Topic, version: number) => void;

/**
 * Tells every node that a topic has a new version, and nothing else. It may lose, double, delay and reorder rings:
 * whoever listens pulls from the store, and reconciles versions by itself every two seconds.
 */
export interface Doorbell {
  ring: Ring;
  /** Returns how to stop listening. */
  listen(hear: Ring): () => void;
}
