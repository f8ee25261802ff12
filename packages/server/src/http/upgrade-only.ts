import { refusal } from "./answers.ts";
import type { Route } from "./router.ts";

/** What answers a plain GET at the addresses that speak WebSocket only. */
export function upgradeOnlyRoutes(): readonly Route[] {
  return [
    {
      method: "GET",
      pattern: "/ws",
      answer({ url }) {
        if (!url.searchParams.has("token")) return new Response("Missing 'token' query parameter", { status: 401 });
        return refusal("upgrade_needed");
      },
    },
    { method: "GET", pattern: "/overlay/feed", answer: () => refusal("upgrade_needed") },
    { method: "GET", pattern: "/connection/websocket", answer: () => refusal("upgrade_needed") },
  ];
}
