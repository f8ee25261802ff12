import { z } from "zod";
import { Refused } from "../../core/errors.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route } from "../router.ts";
import type { ApiRoom } from "./room.ts";

export const accountName = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, "must be 1 to 64 letters, digits, spaces or . _ -");

export function accountRoutes({ callers, directory, bodyBytes }: ApiRoom): readonly Route[] {
  return [
    {
      method: "GET",
      pattern: "/v1/accounts",
      async answer(visit) {
        await callers.administrator(visit);
        return json({ accounts: await directory.accounts() });
      },
    },
    {
      method: "POST",
      pattern: "/v1/accounts",
      async answer(visit) {
        await callers.administrator(visit);
        const { name } = await readBody(visit.request, z.object({ name: accountName }), bodyBytes);
        const account = await directory.createAccount(name, false);
        if (account === "name-taken") throw new Refused("name_taken", `There is an account ${name} already.`);
        return json(account, 201);
      },
    },
  ];
}
