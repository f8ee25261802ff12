import type { MemberInfo } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { WrongUse } from "./faults.ts";

export const memberAdd = command({
  name: "member add",
  args: ["SLUG", "ACCOUNT"],
  summary: "Give an account a role on a channel, or change it.",
  flags: {
    role: { value: "R", required: true, help: "owner or moderator: owners may change the channel, moderators not." },
  },
  async run({ args: [slug, account], flags: { role }, context, say, paint }) {
    if (!isRole(role)) throw new WrongUse(`--role must be owner or moderator, not "${role}".`);
    await connect(context).setMember(slug, account, role);
    say({ channel: slug, account, role }, `${paint("green", "Done:")} ${account} is ${role} of ${slug}.\n`);
    return 0;
  },
});

function isRole(text: string): text is MemberInfo["role"] {
  return text === "owner" || text === "moderator";
}
