import type { PlatformName } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { statusText } from "./connection-text.ts";
import { WrongUse } from "./faults.ts";
import { given } from "./given.ts";

/** What each platform's own pages call what is asked for; `""`: it is connected in the browser. */
const secretNames: Readonly<Record<PlatformName, string>> = {
  donationalerts: "",
  pally: "Pally API key",
  tuniform: "Tuniform stream token",
};

export const connectionAdd = command({
  name: "connection add",
  args: ["PLATFORM"],
  summary: "Fetch a platform's events into a channel.",
  details: `PLATFORM is one of ${Object.keys(secretNames).join(", ")}. Without --key the key is asked for, or read from a pipe: on the
command line other people of this machine can see it. It is stored sealed, and never shown again.
The key of an account that is connected already takes the place of its earlier one.`,
  flags: {
    channel: { value: "SLUG", required: true, help: "Where the events go." },
    key: { value: "KEY", help: "Pally's API key, Tuniform's stream token." },
    page: { value: "SLUG", help: "Pally: one page of the account; without it all of them." },
  },
  async run({ args: [name], flags, context, say, paint }) {
    const platform = Object.keys(secretNames).find((each): each is PlatformName => each === name);
    if (platform === undefined) throw new WrongUse(`PLATFORM must be one of ${Object.keys(secretNames).join(", ")}.`);
    const asked = secretNames[platform];
    const key = flags.key ?? (asked === "" ? undefined : await context.readSecret(`${asked}: `));
    const { channel, page } = flags;
    const added = await connect(context).addConnection({ channel, platform, ...given({ key, page }) });
    const state = statusText(added, context.now(), paint);
    say(added, `${paint("green", "Connection")} ${added.id}: ${platform} to ${channel}, ${state}\n`);
    return 0;
  },
});
