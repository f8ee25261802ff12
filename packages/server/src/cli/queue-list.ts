import type { AlertInfo } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { listing } from "./table.ts";
import { plain } from "./text.ts";

export const queueList = command({
  name: "queue list",
  args: ["SLUG"],
  summary: "List what is on screen, what waits for it, and what waits for review.",
  flags: { ...stageFlag, past: { help: "What is over instead, newest first." } },
  async run(invocation) {
    const { stage, past } = invocation.flags;
    const details = await connect(invocation.context).stage(invocation.args[0], stage);
    listing(invocation, past ? details.past : details.alerts, "Nothing waits.", {
      ALERT: ({ id }) => id,
      STATE: ({ state }) => state,
      FROM: ({ name }) => plain(name ?? ""),
      AMOUNT: ({ amount }) => (amount === null ? "" : `${amount.value} ${amount.currency}`),
      WHAT: whatIt,
      MESSAGE: ({ message }) => plain(message.slice(0, 40)),
    });
    const { json, context, paint } = invocation;
    if (!json && details.obstacle !== null) context.stdout.write(`${paint("yellow", details.obstacle.sentence)}\n`);
    return 0;
  },
});

function whatIt({ kind, test, more }: AlertInfo): string {
  return [kind, test ? "test" : "", more === null ? "" : `+${more.count}`].filter(Boolean).join(" ");
}
