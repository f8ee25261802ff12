import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { given } from "./given.ts";
import { plain } from "./text.ts";

export const appCreate = command({
  name: "app create",
  args: ["NAME"],
  summary: "Register an application: a program written for DonationAlerts.",
  details:
    "Its owner enters the client id as App ID and the client secret as API Key. A person who lets it in is sent\nback to one of its redirect addresses. The secret is shown this once.",
  flags: {
    "redirect-uri": {
      value: "URI",
      multiple: true,
      required: true,
      help: "Where people may be sent back to, to the letter.",
    },
    account: { value: "NAME", help: "Whose it is; without it your own." },
  },
  async run({ args: [name], flags, context, say, paint }) {
    const redirectUris = flags["redirect-uri"];
    const app = await connect(context).createApplication({ name, redirectUris, ...given({ account: flags.account }) });
    const created = `${paint("green", "Application registered:")} ${plain(app.name)}\n`;
    const secrets = `Client id (App ID): ${paint("bold", app.clientId)}\nClient secret (API Key, shown only now): ${paint("bold", app.clientSecret)}\n`;
    say(app, created + secrets);
    return 0;
  },
});
