import type { OverlayInfo } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { given } from "./given.ts";
import type { Paint } from "./paint.ts";
import { plain } from "./text.ts";

export const overlayCreate = command({
  name: "overlay create",
  args: ["SLUG"],
  summary: "Make a screen for a channel's alerts, and its link for OBS.",
  details:
    "The same link may be in several scenes: one copy plays. Screens of one stage show the same alerts together, one of them with sound.",
  flags: {
    screen: { value: "NAME", help: "What it is called: Main, Vertical, Second PC. Usually Main." },
    stage: { value: "NAME", help: "A queue of its own with its own settings. Usually main." },
  },
  async run({ args: [slug], flags: { screen, stage }, context, say, paint }) {
    const made = await connect(context).createOverlay(slug, given({ screen, stage }));
    say(
      made,
      `${paint("green", "Screen")} ${plain(made.screen)} of ${made.channel} (${made.id}).\n${linkText(made, paint)}`,
    );
    return 0;
  },
});

/** The link as a person needs it: to be copied, or dragged from a page that has the launcher too. */
export function linkText({ url, screen }: OverlayInfo, paint: Paint): string {
  if (url === null) return "It has no link: tipwire overlay rotate makes one.\n";
  const { origin, hash } = new URL(url);
  const page = `${origin}/obs?name=${encodeURIComponent(screen)}${hash}`;
  return `Browser source for OBS: ${paint("bold", url)}\nTo drag it into OBS, or for a file that waits until Tipwire runs: ${page}\n`;
}
