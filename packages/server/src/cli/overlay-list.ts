import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";
import { plain } from "./text.ts";

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
      EARLIER: ({ earlier }) => String(earlier.filter(({ usedAt }) => usedAt !== null).length || ""),
      LINK: ({ url }) => url ?? "",
    });
    return 0;
  },
});
