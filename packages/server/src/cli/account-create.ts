import { command } from "./command.ts";
import { connect } from "./connect.ts";

export const accountCreate = command({
  name: "account create",
  args: ["NAME"],
  summary: "Make an account for a person.",
  flags: {},
  async run({ args: [name], context, say, paint }) {
    const account = await connect(context).createAccount(name);
    say(account, `${paint("green", "Account created:")} ${account.name}\n`);
    return 0;
  },
});
