import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";

export const stageList = command({
  name: "stage list",
  args: ["SLUG"],
  summary: "List a channel's stages: what waits on each, and what keeps it from the screen.",
  flags: {},
  async run(invocation) {
    const stages = await connect(invocation.context).stages(invocation.args[0]);
    listing(invocation, stages, "This channel has no stage yet: tipwire overlay create SLUG makes the first.", {
      STAGE: ({ name }) => name,
      MODE: ({ mode }) => mode,
      WAITING: ({ queued }) => String(queued),
      SCREENS: ({ screens }) => screens.map(({ name, live }) => `${name}${live ? "" : " (not there)"}`).join(", "),
      STREAM: ({ streaming }) => (streaming === null ? "nobody can say" : streaming ? "live" : "off"),
      WAITS: ({ obstacle }) => obstacle?.sentence ?? "",
    });
    return 0;
  },
});
