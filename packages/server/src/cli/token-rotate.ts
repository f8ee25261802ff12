import { command } from "./command.ts";
import { connect, findServer } from "./connect.ts";
import { graceSeconds } from "./grace.ts";
import type { Paint } from "./paint.ts";

export const tokenRotate = command({
  name: "token rotate",
  args: ["SLUG"],
  summary: "Make a new stream token for a channel.",
  details:
    "For when one was lost, or seen by somebody. The earlier one goes on working for a while. The new one is shown this once.",
  flags: { grace: { value: "TIME", help: "How long the earlier one still works: 0s, 10m, 1h, 2d. Usually 1h." } },
  async run({ args: [slug], flags: { grace = "1h" }, context, say, paint }) {
    const rotated = await connect(context).rotateToken(slug, { graceSeconds: graceSeconds(grace) });
    const until = `${paint("green", "New token.")} The earlier one works until ${rotated.earlierUntil}.\n`;
    say(rotated, until + tokenText(findServer(context).url, rotated.streamToken, paint));
    return 0;
  },
});

/** What a person needs of a token that is shown once. */
export function tokenText(url: string, token: string, paint: Paint): string {
  return `Stream token (shown only now): ${paint("bold", token)}\nOverlay for OBS: ${paint("bold", `${url}/overlay#${token}`)}\n`;
}
