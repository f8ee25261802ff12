import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { listing } from "./table.ts";

export const accountList = command({
  name: "account list",
  args: [],
  summary: "List the accounts.",
  flags: {},
  async run(invocation) {
    const accounts = await connect(invocation.context).accounts();
    listing(invocation, accounts, "There are no accounts.", {
      ID: ({ id }) => String(id),
      NAME: ({ name }) => name,
      RIGHTS: ({ administrator }) => (administrator ? "administrator" : ""),
    });
    return 0;
  },
});
