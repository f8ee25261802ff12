import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";

export const grantList = command({
  name: "grant list",
  args: ["SLUG"],
  summary: "List what applications may do in a channel.",
  flags: {},
  async run(invocation) {
    const grants = await connect(invocation.context).grants(invocation.args[0]);
    listing(invocation, grants, "No application was let into this channel.", {
      ID: ({ id }) => id,
      APPLICATION: ({ application }) => application,
      MAY: ({ scopes }) => scopes.join(" "),
      SINCE: ({ createdAt }) => createdAt.slice(0, 10),
      UNTIL: ({ tokensUntil }) => tokensUntil.slice(0, 10),
    });
    return 0;
  },
});
