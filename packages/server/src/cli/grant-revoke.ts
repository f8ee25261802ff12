import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { plain } from "./text.ts";

export const grantRevoke = command({
  name: "grant revoke",
  args: ["SLUG", "ID"],
  summary: "Take back what an application may do in a channel.",
  details: "Its tokens work no more, and what is connected with them is disconnected within two seconds.",
  flags: {},
  async run({ args: [slug, id], context, say, paint }) {
    const grant = await connect(context).revokeGrant(slug, id);
    say(grant, `${paint("green", "Revoked:")} ${plain(grant.application)} may do nothing in ${slug} any more.\n`);
    return 0;
  },
});
