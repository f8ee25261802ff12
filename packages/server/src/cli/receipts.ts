import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";
import { plain } from "./text.ts";

export const receipts = command({
  name: "receipts",
  args: ["SLUG", "EVENT"],
  summary: "Say what became of an event on the screens, step by step.",
  flags: {},
  async run(invocation) {
    const [slug, event] = invocation.args;
    const steps = await connect(invocation.context).receipts(slug, event);
    listing(invocation, steps, "No stage has seen this event.", {
      AT: ({ at }) => at,
      STAGE: ({ stage }) => plain(stage ?? ""),
      WHAT: ({ sentence }) => plain(sentence),
    });
    return 0;
  },
});
