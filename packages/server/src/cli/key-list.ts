import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";

export const keyList = command({
  name: "key list",
  args: [],
  summary: "List the API keys, revoked ones too.",
  flags: {},
  async run(invocation) {
    const keys = await connect(invocation.context).keys();
    listing(invocation, keys, "There are no keys.", {
      ID: ({ id }) => id,
      NAME: ({ name }) => name,
      ACCOUNT: ({ account }) => account,
      MAY: ({ scopes }) => scopes.join(" "),
      CHANNELS: ({ channels }) => channels?.join(" ") ?? "all",
      CREATED: ({ createdAt }) => createdAt.slice(0, 10),
      REVOKED: ({ revokedAt }) => revokedAt?.slice(0, 10) ?? "",
    });
    return 0;
  },
});
