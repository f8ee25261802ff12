import { afterAll, beforeAll, expect, test } from "bun:test";
import { rest, subscribe } from "./centrifugo-socket.ts";
import { application, Browser, donate, token } from "./donationalerts-world.ts";
import { PostgresServer } from "./postgres-server.ts";
import { api, type Program, startProgram } from "./program.ts";

/** Two nodes on one PostgreSQL database are one DonationAlerts server. */
let server: PostgresServer;
let url: string;
let here: Program;
let there: Program;

beforeAll(async () => {
  server = await PostgresServer.start();
  url = await server.createDatabase();
  const env = { TIPWIRE_DATABASE_URL: url };
  here = await startProgram({ env });
  there = await startProgram({ env });
});

afterAll(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await server.dropDatabase(url);
  await server.drop();
});

test("consent on one node, tokens from another; sockets, recovery and revocation across both", async () => {
  const back = "https://bot.example/back";
  const bot = await application(here, "Bot", back);
  const browser = new Browser(here);
  await browser.signIn("main");
  const scope = "oauth-user-show oauth-donation-subscribe oauth-donation-index";
  const asked = { client_id: bot.clientId, redirect_uri: back, response_type: "code", scope };
  const code = (await browser.consent(asked)).searchParams.get("code") ?? "";
  const client = { client_id: bot.clientId, client_secret: bot.clientSecret };
  const exchanged = await token(there, { ...client, grant_type: "authorization_code", code });
  const { access_token, refresh_token } = (await exchanged.json()) as { access_token: string; refresh_token: string };
  const refresh = { ...client, grant_type: "refresh_token", refresh_token };
  const pairs = await Promise.all([here, there, here, there].map(async (node) => (await token(node, refresh)).json()));
  expect(new Set(pairs.map((pair) => (pair as { access_token: string }).access_token)).size).toBe(1);

  const subscribed = (node: Program, more: object = {}) => subscribe(access_token, here, node, more);

  // The token was made by one node and is taken by the other; a donation stored by one reaches the other's sockets.
  const first = await subscribed(there);
  await donate(here, "main", { message: "one" });
  await first.socket.until(() => first.socket.frames.length >= 4);
  first.socket.close();
  await donate(there, "main", { message: "two" });
  const second = await subscribed(here, { recover: true, seq: 1, epoch: first.result["epoch"] });
  expect(second.result).toMatchObject({ recovered: true, seq: 2, epoch: first.result["epoch"] });
  expect(second.result["publications"]).toMatchObject([{ seq: 2, data: { message: "two" } }]);
  const list = (await (await rest(there, "/alerts/donations", access_token)).json()) as { data: { message: string }[] };
  expect(list.data.map(({ message }) => message)).toEqual(["two", "one"]);

  const third = await subscribed(there);
  const { grants } = await api<{ grants: { id: string }[] }>(here, "GET", "/channels/main/grants");
  const began = performance.now();
  await api(here, "DELETE", `/channels/main/grants/${grants[0]?.id}`);
  for (const { socket } of [second, third]) {
    const { code: how, at } = await socket.ended;
    expect(how).toBe(3012);
    expect(at - began).toBeLessThan(2000);
  }
  for (const node of [here, there]) expect((await rest(node, "/user/oauth", access_token)).status).toBe(401);
});

test("after a failover that lost commits, a position of before is none: recovered is missing", async () => {
  const bot = await application(here, "Failover", "https://bot.example/back");
  const { accessToken } = await api<{ accessToken: string }>(here, "POST", `/applications/${bot.clientId}/tokens`, {
    channel: "main",
  });
  const subscribed = (more: object = {}) => subscribe(accessToken, here, here, more);
  const before = await subscribed();
  const timeline = "CREATE OR REPLACE FUNCTION timeline() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '0000000F' $$";
  await server.query(timeline, new URL(url).pathname.slice(1));
  expect((await before.socket.ended).code).toBe(3001);
  let after = await subscribed().catch(() => undefined);
  while (after === undefined) after = await Bun.sleep(200).then(() => subscribed().catch(() => undefined));
  after.socket.close();
  const position = { recover: true, seq: before.result["seq"], epoch: before.result["epoch"] };
  const again = await subscribed(position);
  expect(again.result["epoch"]).not.toBe(before.result["epoch"]);
  expect(again.result["recovered"]).toBeUndefined();
  again.socket.close();
});
