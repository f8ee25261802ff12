import { expect, test } from "bun:test";
import { endings } from "../../../test/endings.ts";
import { VirtualClock } from "../../../test/virtual-clock.ts";
import { openSqliteStore } from "../../store/sqlite/open.ts";
import { LoginAttempts } from "./login-attempts.ts";

const ended = endings();

/** Attempts of a channel's owner, over a store in memory, in virtual time. */
async function world(origin = "https://tips.example") {
  const clock = new VirtualClock();
  const store = openSqliteStore(":memory:", { clock, ring: () => undefined });
  ended.push(() => store.close());
  const account = await store.directory.createAccount("ann", false);
  if (account === "name-taken") throw new Error("taken");
  const channel = await store.directory.createChannel("ann", account.id, { title: "", kickUsername: "", url: "" });
  if (channel === "name-taken") throw new Error("taken");
  const redirectUri = () => `${origin}/api/auth/donationalerts/callback`;
  const attempts = new LoginAttempts({ signIns: store.signIns, clock, key: "k", redirectUri });
  const person = { account: account.id, channel: channel.id };
  const { attempt, cookie } = await attempts.begin(person, new Request(origin));
  /** The browser comes back with its cookie. */
  const back = () => {
    const [name = ""] = cookie.split(";");
    return attempts.finish(new Request(redirectUri(), { headers: { cookie: name } }), attempt.state);
  };
  return { clock, person, attempt, cookie, back };
}

test("what was begun may be finished for ten minutes, once", async () => {
  const { clock, person, attempt, back } = await world();
  await clock.pass(599_999);
  expect(await back()).toEqual({ person, attempt });
  expect(await back()).toBeUndefined();
});

test("after ten minutes it is too old", async () => {
  const { clock, back } = await world();
  await clock.pass(600_000);
  expect(await back()).toBeUndefined();
});

test("over https the cookie is bound to the host, over http to the port and the addresses of the login", async () => {
  expect((await world()).cookie).toMatch(
    /^__Host-tipwire_login=twb_\w+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
  );
  expect((await world("http://localhost:8000")).cookie).toMatch(
    /^tipwire_login_8000=twb_\w+; Path=\/api\/auth\/donationalerts; Max-Age=600; HttpOnly; SameSite=Lax$/,
  );
});
