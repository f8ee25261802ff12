import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const memberRemove = command({
  name: "member remove",
  args: ["SLUG", "ACCOUNT"],
  summary: "Take an account's role on a channel away.",
  flags: {},
  async run({ args: [slug, account], context, say, paint }) {
    await connect(context).removeMember(slug, account);
    say({ channel: slug, account }, `${paint("green", "Done:")} ${account} has no role on ${slug} any more.\n`);
    return 0;
  },
});
