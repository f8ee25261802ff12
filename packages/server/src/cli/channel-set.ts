import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";
import { given } from "./given.ts";
import { plain } from "./text.ts";

export const channelFlags = {
  title: { value: "TEXT", help: "What people read; without it the slug." },
  "kick-username": { value: "NAME", help: "The creator's name on Kick." },
  url: { value: "URL", help: "The creator's page." },
} as const;

export const channelSet = command({
  name: "channel set",
  args: ["SLUG"],
  summary: "Change a channel's title, Kick name or page.",
  flags: channelFlags,
  async run({ args: [slug], flags, context, say, paint }) {
    const change = given({ title: flags.title, kickUsername: flags["kick-username"], url: flags.url });
    if (Object.keys(change).length === 0) throw new WrongUse("What should change? Give at least one flag.");
    const channel = await connect(context).setChannel(slug, change);
    const facts = [channel.title, channel.kickUsername && `Kick: ${channel.kickUsername}`, channel.url].filter(Boolean);
    say(channel, `${paint("green", "Channel changed:")} ${channel.slug} (${plain(facts.join(", "))})\n`);
    return 0;
  },
});
