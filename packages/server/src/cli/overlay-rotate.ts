import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { graceSeconds } from "./grace.ts";
import { linkText } from "./overlay-create.ts";
import { plain } from "./text.ts";
import { momentText } from "./time.ts";

export const overlayRotate = command({
  name: "overlay rotate",
  args: ["SLUG", "ID"],
  summary: "Make a new link for a screen.",
  details:
    "For when one was seen by somebody. The earlier one goes on working for a while; overlay list shows whether it is still used.",
  flags: { grace: { value: "TIME", help: "How long the earlier one still works: 0s, 10m, 1h, 2d. Usually 1h." } },
  async run({ args: [slug, id], flags: { grace = "1h" }, context, say, paint }) {
    const rotated = await connect(context).rotateOverlay(slug, id, { graceSeconds: graceSeconds(grace) });
    const until = rotated.earlier.at(-1)?.worksUntil;
    const note =
      until === undefined
        ? "The earlier one works no more."
        : `The earlier one works until ${momentText(until, context.now())}.`;
    say(rotated, `${paint("green", "New link")} for ${plain(rotated.screen)}. ${note}\n${linkText(rotated, paint)}`);
    return 0;
  },
});
