import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { stageFlag } from "./queue-control.ts";
import { differences } from "./stage-draft.ts";
import { listing } from "./table.ts";
import { momentText } from "./time.ts";

/** Paths that are named of what a version changed; of more only how many. */
const named = 3;

export const stageVersions = command({
  name: "stage versions",
  args: ["SLUG"],
  summary: "List the last ten settings that were on stream, newest first.",
  flags: stageFlag,
  async run(invocation) {
    const { context, flags } = invocation;
    const { versions, onStream } = await connect(context).stageSettings(invocation.args[0], flags.stage);
    const changed = (version: number) => {
      const [now, before] = versions.slice(versions.findIndex((each) => each.version === version));
      if (now === undefined || before === undefined) return "";
      const paths = differences(before.settings, now.settings).map(({ path }) => path);
      const more = paths.length > named ? ` and ${paths.length - named} more` : "";
      return `${paths.slice(0, named).join(", ")}${more}`;
    };
    listing(invocation, versions, "Nothing was put on stream yet: alerts go by the usual settings.", {
      VERSION: ({ version }) => `${version}${version === onStream.version ? " (on stream)" : ""}`,
      WHEN: ({ savedAt }) => momentText(savedAt, context.now()),
      BY: ({ by }) => by,
      CHANGED: ({ version }) => changed(version),
    });
    return 0;
  },
});
