import type { Endpoint, Handshake, Serve } from "../../core/socket.ts";
import { type OverlayRoom, OverlaySession } from "./session.ts";

const path = "/overlay/feed";

/** Where the pages of screens connect. Who they are is in their first frame. */
export class OverlayFeed implements Endpoint {
  readonly name = "overlay";
  readonly #room: OverlayRoom;
  readonly #stopTicks: () => void;

  constructor(room: OverlayRoom) {
    this.#room = room;
    this.#stopTicks = room.clock.every(1000, () => {
      const now = room.clock.now();
      for (const session of [...room.sessions]) session.tick(now);
    });
  }

  matches(handshake: Handshake): boolean {
    return handshake.path === path;
  }

  async authorize(handshake: Handshake): Promise<Serve> {
    return (socket) => new OverlaySession(this.#room, socket, () => handshake.failed());
  }

  stop(): void {
    this.#stopTicks();
  }
}
