import { channelFlags } from "./channel-set.ts";
import { command } from "./command.ts";
import { connect, findServer } from "./connect.ts";
import { given } from "./given.ts";
import { tokenText } from "./token-rotate.ts";

export const channelCreate = command({
  name: "channel create",
  args: ["SLUG"],
  summary: "Make a channel: one creator's stream of events.",
  details: "SLUG is its short name in addresses: a-z, 0-9, - and _. The stream token is shown this once.",
  flags: { account: { value: "NAME", help: "Whose it is; without it your own." }, ...channelFlags },
  async run({ args: [slug], flags, context, say, paint }) {
    const { account, title, url, "kick-username": kickUsername } = flags;
    const channel = await connect(context).createChannel({ slug, ...given({ account, title, url, kickUsername }) });
    const created = `${paint("green", "Channel created:")} ${channel.slug}, number ${channel.id}\n`;
    say(channel, created + tokenText(findServer(context).url, channel.streamToken, paint));
    return 0;
  },
});
