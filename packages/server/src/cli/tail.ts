import { type FollowState, follow } from "@tipwire/client";
import { command } from "./command.ts";
import { findServer } from "./connect.ts";
import { eventLine } from "./event-line.ts";
import { painter } from "./paint.ts";
import { jsonLine } from "./text.ts";

export const tail = command({
  name: "tail",
  args: ["SLUG"],
  summary: "Print events as they happen, until Ctrl-C.",
  details: "It reconnects by itself and goes on behind the last event.",
  flags: { since: { value: "CURSOR", help: "Begin behind this event, or at oldest. Usually head: what happens now." } },
  async run({ args: [slug], flags: { since = "head" }, context, json, paint }) {
    const { url, key } = findServer(context);
    const { stdout, stderr, signal } = context;
    const columns = stdout.isTTY ? stdout.columns : undefined;
    const dim = painter(stderr, context.env);
    const tell = (text: string) => stderr.write(json ? jsonLine({ notice: text }) : `${dim("dim", text)}\n`);
    const told = notices(tell);
    const follower = follow({
      url,
      token: key,
      channel: slug,
      after: since,
      signal,
      onEvent: (event) => stdout.write(json ? jsonLine(event) : `${eventLine(event, paint, columns)}\n`),
      onReset: ({ reason }) => tell(`The server's log is another one than before (${reason}): going on as it says.`),
      onState: told,
    });
    const error = await follower.done;
    if (error !== null) throw error;
    return 0;
  },
});

/** Tells of interruptions once each, not of every try. */
function notices(tell: (text: string) => void): (state: FollowState) => void {
  let interrupted: boolean | undefined;
  return (state) => {
    if (state.status === "waiting" && interrupted !== true) {
      tell(`${interrupted === undefined ? "Not connected yet" : "Connection lost"} (${state.reason}); trying again …`);
      interrupted = true;
    } else if (state.status === "live") {
      if (interrupted === undefined) tell(`Following ${state.hello?.channel.slug ?? "the channel"}. Ctrl-C ends.`);
      if (interrupted) tell("Connected again, going on behind the last event.");
      interrupted = false;
    }
  };
}
