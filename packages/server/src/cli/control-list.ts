import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { listing } from "./table.ts";
import { momentText } from "./time.ts";

export const controlList = command({
  name: "control list",
  args: ["SLUG"],
  summary: "List a stage's control keys and one-action addresses, and when each was used last.",
  flags: stageFlag,
  async run(invocation) {
    const { context, args, flags } = invocation;
    const keys = await connect(context).stageKeys(args[0], flags.stage);
    listing(invocation, keys, "There are none: tipwire control create SLUG NAME", {
      ID: ({ id }) => id,
      NAME: ({ name }) => name,
      DOES: ({ action }) => action ?? "everything",
      MADE: ({ createdAt }) => momentText(createdAt, context.now()),
      USED: ({ usedAt }) => (usedAt === null ? "never" : momentText(usedAt, context.now())),
      "KEY OR ADDRESS": ({ key, url }) => url ?? key ?? "",
    });
    return 0;
  },
});
