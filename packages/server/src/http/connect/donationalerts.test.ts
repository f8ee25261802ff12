import { expect, test } from "bun:test";
import { type ErrorCode, Refused } from "../../core/errors.ts";
import type { Visit } from "../router.ts";
import { type ConnectRoom, connectRoutes } from "./donationalerts.ts";

test.each([
  ["storage_failed", "The login could not be stored"],
  ["secret_key_missing", "TIPWIRE_SECRET_KEY is not set"],
] as const)("what is refused with %s after the consent is a page, too", async (code: ErrorCode, error) => {
  const finish = async () => {
    throw new Refused(code);
  };
  const room = { login: {}, attempts: { finish } } as unknown as ConnectRoom;
  const callback = connectRoutes(room).find(({ pattern }) => pattern.endsWith("/callback"));
  const url = new URL("http://localhost/api/auth/donationalerts/callback?state=s&code=c");
  const answer = async (accept: string) => {
    const request = new Request(url, { headers: { accept } });
    return (await callback?.answer({ request, url, keepOpen() {} } as unknown as Visit)) as Response;
  };
  const page = await answer("text/html");
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining("Nothing was connected")]);
  expect(await (await answer("application/json")).json()).toEqual({ error });
});
