import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";

export const appList = command({
  name: "app list",
  args: [],
  summary: "List the registered applications.",
  flags: {},
  async run(invocation) {
    const applications = await connect(invocation.context).applications();
    listing(invocation, applications, "There are no applications.", {
      "CLIENT ID": ({ clientId }) => clientId,
      NAME: ({ name }) => name,
      ACCOUNT: ({ account }) => account,
      "REDIRECT TO": ({ redirectUris }) => redirectUris.join(" "),
      CREATED: ({ createdAt }) => createdAt.slice(0, 10),
    });
    return 0;
  },
});
