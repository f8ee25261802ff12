import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { Failed } from "./faults.ts";

export const appToken = command({
  name: "app token",
  args: ["NAME"],
  summary: "Let an application into a channel without the consent page.",
  details: "For development, and for programs of your own. The tokens are shown this once; they may do everything.",
  flags: { channel: { value: "SLUG", required: true, help: "The channel." } },
  async run({ args: [name], flags: { channel }, context, say, paint }) {
    const api = connect(context);
    const found = (await api.applications()).find((each) => each.name === name || each.clientId === name);
    if (found === undefined) throw new Failed("application_unknown", `There is no application ${name}.`);
    const tokens = await api.issueTokens(found.clientId, channel);
    const lines = [
      `Access token (shown only now): ${paint("bold", tokens.accessToken)}`,
      `Refresh token: ${paint("bold", tokens.refreshToken)}`,
      `User id: ${paint("bold", String(tokens.userId))}`,
    ];
    say(tokens, `${lines.join("\n")}\n`);
    return 0;
  },
});
