import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { plain } from "./text.ts";

export const overlayRemove = command({
  name: "overlay remove",
  args: ["SLUG", "ID"],
  summary: "Remove a screen; its links work no more.",
  flags: {},
  async run({ args: [slug, id], context, say, paint }) {
    const removed = await connect(context).removeOverlay(slug, id);
    say(removed, `${paint("green", "Removed:")} screen ${plain(removed.screen)} of ${removed.channel}.\n`);
    return 0;
  },
});
