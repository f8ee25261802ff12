import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { plain } from "./text.ts";

export const mediaRemove = command({
  name: "media remove",
  args: ["SLUG", "ID"],
  summary: "Remove a file of a channel's own that no stage uses any more.",
  flags: {},
  async run({ args: [slug, id], context, say, paint }) {
    const removed = await connect(context).removeMedia(slug, id);
    say(removed, `${paint("green", "Removed:")} ${plain(removed.name)}.\n`);
    return 0;
  },
});
