import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const keyRevoke = command({
  name: "key revoke",
  args: ["ID"],
  summary: "Make an API key useless for good.",
  details: "What is connected with it is disconnected within two seconds.",
  flags: {},
  async run({ args: [id], context, say, paint }) {
    await connect(context).revokeKey(id);
    say({ id, revoked: true }, `${paint("green", "Revoked:")} key ${id} works no more.\n`);
    return 0;
  },
});
