import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";
import { momentText } from "./time.ts";

export const stageAudit = command({
  name: "stage audit",
  args: ["SLUG"],
  summary: "List who did what to a channel's stages, newest first.",
  flags: {},
  async run(invocation) {
    const { context, args } = invocation;
    listing(invocation, await connect(context).audit(args[0]), "Nobody did anything yet.", {
      WHEN: ({ at }) => momentText(at, context.now()),
      WHO: ({ by }) => by,
      WHAT: ({ action }) => action,
      ALERT: ({ subject }) => subject ?? "",
      STAGE: ({ stage }) => stage,
    });
    return 0;
  },
});
