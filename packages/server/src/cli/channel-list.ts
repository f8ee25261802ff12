import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";

export const channelList = command({
  name: "channel list",
  args: [],
  summary: "List the channels that you may see.",
  flags: {},
  async run(invocation) {
    const channels = await connect(invocation.context).channels();
    listing(invocation, channels, "There are no channels. Make one: tipwire channel create SLUG", {
      ID: ({ id }) => String(id),
      SLUG: ({ slug }) => slug,
      TITLE: ({ title }) => title,
      KICK: ({ kickUsername }) => kickUsername,
      ROLE: ({ role }) => role,
    });
    return 0;
  },
});
