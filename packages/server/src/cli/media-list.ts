import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { describedMedia, sizeText } from "./media-text.ts";
import { listing } from "./table.ts";
import { plain } from "./text.ts";

export const mediaList = command({
  name: "media list",
  args: ["SLUG"],
  summary: "List a channel's own pictures, videos and sounds, and where they are used.",
  flags: {},
  async run(invocation) {
    const { files, bytes, most } = await connect(invocation.context).media(invocation.args[0]);
    listing(invocation, files, "This channel has no files of its own yet: tipwire media add SLUG FILE", {
      ID: ({ id }) => id,
      NAME: ({ name }) => plain(name),
      IS: describedMedia,
      USED: ({ usedBy }) => plain(usedBy.join(", ")),
    });
    if (!invocation.json && files.length > 0) {
      invocation.context.stdout.write(`${sizeText(bytes)} of ${sizeText(most)}\n`);
    }
    return 0;
  },
});
