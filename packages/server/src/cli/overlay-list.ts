import type { OverlayInfo } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";
import { plain } from "./text.ts";
import { momentText } from "./time.ts";

export const overlayList = command({
  name: "overlay list",
  args: ["SLUG"],
  summary: "List a channel's screens, their links, and who still uses an earlier link.",
  flags: {},
  async run(invocation) {
    const overlays = await connect(invocation.context).overlays(invocation.args[0]);
    listing(invocation, overlays, "This channel has no screen yet: tipwire overlay create SLUG", {
      ID: ({ id }) => id,
      STAGE: ({ stage }) => plain(stage),
      SCREEN: ({ screen }) => plain(screen),
      NOW: ({ live, obs }) => (live ? (obs ? "in OBS" : "in a browser") : "not there"),
      "EARLIER LINK": ({ earlier }) => earlier.map((link) => earlierText(link, invocation.context.now())).join("; "),
      LINK: ({ url }) => url ?? "",
    });
    return 0;
  },
});

/** A page notes its use every minute. */
const inUseWithin = 130_000;

/** "in use, until 14:05:00": somebody has yet to put the new link into OBS. */
function earlierText({ usedAt, worksUntil }: OverlayInfo["earlier"][number], now: number): string {
  const until = `until ${momentText(worksUntil, now)}`;
  if (usedAt === null) return `never used, ${until}`;
  return now - Date.parse(usedAt) < inUseWithin ? `in use, ${until}` : `used last ${momentText(usedAt, now)}, ${until}`;
}
