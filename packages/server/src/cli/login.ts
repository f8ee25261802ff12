import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const login = command({
  name: "login",
  args: [],
  summary: "Make a link that signs a person in as a channel's owner, once.",
  details: "Open it in the browser in which an application is to be let in. It works for half an hour.",
  flags: { channel: { value: "SLUG", required: true, help: "The channel." } },
  async run({ flags: { channel }, context, say, paint }) {
    const link = await connect(context).signInLink(channel);
    say(link, `${paint("bold", link.url)}\nIt works once, until ${link.expiresAt}.\n`);
    return 0;
  },
});
