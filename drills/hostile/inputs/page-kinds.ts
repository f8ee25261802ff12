import { pick, word } from "../mutate.ts";
import { inPath, reading } from "./administering.ts";
import type { Kind } from "./input.ts";
import { inAddress } from "./mutated-request.ts";

/** What asks for nobody's key. */
export const pageKinds: readonly Kind[] = [
  {
    name: "health, metrics",
    authenticated: false,
    share: 4,
    make: reading(
      (_, random) => pick(random, ["/healthz", "/readyz", "/metrics"]),
      () => null,
    ),
  },
  {
    name: "pages",
    authenticated: false,
    share: 6,
    make: reading(
      (_, random) => pick(random, ["/", "/obs", "/overlay", "/overlay/", `/overlay/${inPath(random, "main")}`]),
      () => null,
      [["status", "success"]],
    ),
  },
  {
    name: "pages: files",
    authenticated: false,
    share: 4,
    make: reading(
      (_, random) =>
        `/assets/${random.chance(0.6) ? inPath(random, "icon.svg") : inAddress(random, word(random)) || "x"}`,
      () => null,
    ),
  },
  {
    name: "WebSocket addresses without an upgrade",
    authenticated: false,
    share: 4,
    make: reading(
      (_, random) => pick(random, ["/ws", "/ws?token=x", "/connection/websocket", "/overlay/feed"]),
      () => null,
      [["token", "x"]],
    ),
  },
];
