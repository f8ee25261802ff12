import type { ScopeName } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";
import { given } from "./given.ts";
import { plain } from "./text.ts";

const scopes: readonly ScopeName[] = ["events:read", "events:write", "control", "admin"];

export const keyCreate = command({
  name: "key create",
  args: ["NAME"],
  summary: "Make an API key for a program. It is shown this once.",
  flags: {
    scope: { value: "S", multiple: true, help: `What it may: ${scopes.join(", ")}. Usually events:read.` },
    account: { value: "NAME", help: "Whose channels it covers; without it your own." },
    channel: { value: "SLUG", multiple: true, help: "Limit it to this channel." },
  },
  async run({ args: [name], flags, context, say, paint }) {
    const key = await connect(context).createKey({
      name,
      ...given({ account: flags.account }),
      ...(flags.scope.length > 0 && { scopes: flags.scope.map(scope) }),
      ...(flags.channel.length > 0 && { channels: flags.channel }),
    });
    const covers = key.channels === null ? `all channels of ${key.account}` : key.channels.join(", ");
    const created = `${paint("green", "Key created:")} ${plain(key.name)}, number ${key.id}\n`;
    const facts = `It may ${key.scopes.join(", ")} on ${plain(covers)}.\n`;
    say(key, `${created}${facts}Key (shown only now): ${paint("bold", key.key)}\n`);
    return 0;
  },
});

function scope(text: string): ScopeName {
  const known = scopes.find((each) => each === text);
  if (known === undefined) throw new WrongUse(`There is no scope "${text}"; there are ${scopes.join(", ")}.`);
  return known;
}
