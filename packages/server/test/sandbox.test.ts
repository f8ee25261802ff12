import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocket from "ws";
import { knownCloses } from "../src/sandbox/closes.ts";
import { noFaults } from "../src/sandbox/faults.ts";
import { consentInSandbox, Person } from "./person.ts";
import { runTipwire, startProgram } from "./program.ts";
import { type SandboxProgram, startSandboxProgram } from "./sandbox-program.ts";
import { SocketReader } from "./socket-reader.ts";

/** Where the application's people come back to; nobody listens there, since nobody has to. */
const back = "http://localhost:9/back";
const scopes = "oauth-user-show oauth-donation-subscribe oauth-donation-index";

let sandbox: SandboxProgram;

beforeAll(async () => {
  sandbox = await startSandboxProgram(["--redirect-uri", back]);
});
afterEach(() => sandbox.faults(noFaults));
afterAll(() => sandbox.stop());

interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** Signs in as that creator, consents, exchanges the code: what an application gets, by the guide's lines alone. */
async function letIn(creator: string): Promise<TokenPair> {
  const { DA_AUTHORIZATION_URL, APP_ID } = sandbox.guide.env;
  const asked = { client_id: APP_ID ?? "", redirect_uri: back, response_type: "code", scope: scopes, state: "st" };
  const login = `${DA_AUTHORIZATION_URL}?${new URLSearchParams(asked)}`;
  const { url } = await consentInSandbox(new Person(), login, creator, ({ port }) => port === "9");
  const code = url.searchParams.get("code") ?? "";
  const answer = await token({ grant_type: "authorization_code", code, redirect_uri: back });
  expect(answer.status).toBe(200);
  return (await answer.json()) as TokenPair;
}

function token(fields: Record<string, string>): Promise<Response> {
  const { DA_TOKEN_URL, APP_ID, API_KEY } = sandbox.guide.env;
  const client = { client_id: APP_ID ?? "", client_secret: API_KEY ?? "" };
  return fetch(DA_TOKEN_URL ?? "", { method: "POST", body: new URLSearchParams({ ...fields, ...client }) });
}

function api(path: string, accessToken: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const init = body ? { method: "POST", body: JSON.stringify(body), headers } : { headers };
  return fetch(`${sandbox.guide.env["DA_API_BASE_URL"]}${path}`, init);
}

async function statusOfUpgrade(address: string): Promise<{ status: number; retryAfter: string | undefined }> {
  const socket = new WebSocket(address);
  return new Promise((resolve) => {
    socket.on("unexpected-response", (_, { statusCode = 0, headers }) =>
      resolve({ status: statusCode, retryAfter: headers["retry-after"] }),
    );
    socket.on("error", () => undefined);
  });
}

test("consent, tokens, realtime, list: the whole of DonationAlerts by the lines that it printed", async () => {
  const tokens = await letIn("Ana");
  const user = (await (await api("/user/oauth", tokens.access_token)).json()) as {
    data: { id: number; code: string; socket_connection_token: string };
  };
  expect(user.data).toMatchObject({ id: sandbox.ana.userId, code: "ana" });
  const reader = await SocketReader.open(sandbox.guide.env["DA_CENTRIFUGO_URL"] ?? "");
  reader.socket.send(JSON.stringify({ params: { token: user.data.socket_connection_token }, id: 1 }));
  const { client } = JSON.parse(await reader.next()).result as { client: string };
  const channel = `$alerts:donation_${sandbox.ana.userId}`;
  const granted = await api("/centrifuge/subscribe", tokens.access_token, { client, channels: [channel] });
  const { channels } = (await granted.json()) as { channels: { token: string }[] };
  reader.socket.send(JSON.stringify({ id: 2, method: 1, params: { channel, token: channels[0]?.token } }));
  expect(JSON.parse(await reader.next())).toMatchObject({ id: 2 });
  await reader.next();
  await sandbox.donate({ creator: "ana", name: "Bo", amount: "5.00", currency: "USD", message: "Hi" });
  const push = JSON.parse(await reader.next());
  expect(push.result.data.data).toMatchObject({ username: "Bo", amount: 5, currency: "USD", message: "Hi" });
  const list = (await (await api("/alerts/donations", tokens.access_token)).json()) as { data: { id: number }[] };
  expect(list.data[0]?.id).toBe(push.result.data.data.id);
  reader.socket.terminate();
});

test("each creator is somebody else: their own consent, donations and keys", async () => {
  const tokens = await letIn("Boris");
  const user = (await (await api("/user/oauth", tokens.access_token)).json()) as { data: { code: string } };
  expect(user.data.code).toBe("boris");
  const [anas, boriss] = sandbox.guide.creators;
  expect(new Set([anas?.streamToken, boriss?.streamToken, anas?.pallyKey, boriss?.pallyKey]).size).toBe(4);
});

test("Pally and Tuniform: the same donation, many at once, anonymous", async () => {
  const [tips, gifts] = [await sandbox.pally(), await sandbox.tuniform()];
  await sandbox.donate({ creator: "ana", amount: "2.50", currency: "TND", anonymous: true, name: "Bo", count: 3 });
  const tip = JSON.parse(await tips.next()).payload.campaignTip;
  expect(tip).toMatchObject({ displayName: "", grossAmountInCents: 250 });
  const messages = [await gifts.next(), await gifts.next(), await gifts.next()].map((each) => JSON.parse(each).message);
  expect(messages.toSorted()).toEqual(["#1", "#2", "#3"]);
  for (const reader of [tips, gifts]) reader.socket.terminate();
});

test("Tuniform's list: the objects of its socket, to the letter, newest last; 401 for another token", async () => {
  const address = sandbox.guide.env["TIPWIRE_TUNIFORM_POLL_URL"] ?? "";
  const reader = await sandbox.tuniform();
  await sandbox.donate({ creator: "ana", name: "Bo", amount: "3.125", currency: "TND", message: "listed" });
  const list = await (await fetch(address.replace("{token}", sandbox.ana.streamToken))).text();
  expect(list.endsWith(`${await reader.next()}]`)).toBe(true);
  reader.socket.terminate();
  expect((await fetch(address.replace("{token}", "0".repeat(64)))).status).toBe(401);
  await sandbox.faults({ serverError: 1 });
  expect((await fetch(address.replace("{token}", sandbox.ana.streamToken))).status).toBe(502);
});

test("a donation that cannot be is refused in a sentence", async () => {
  const refused = sandbox.donate({ creator: "ana", name: "Bo", amount: "-1", currency: "EUR" });
  await expect(refused).rejects.toThrow("400");
  await expect(sandbox.faults({ drop: 7 })).rejects.toThrow("drop");
  await expect(sandbox.now({ close: 70 })).rejects.toThrow("close");
});

test("429, with Retry-After and without, and 5xx: requests, the token endpoint and upgrades", async () => {
  const { access_token } = await letIn("Ana");
  await sandbox.faults({ tooMany: 1, retryAfter: 9 });
  const answers = [await api("/user/oauth", access_token), await token({ grant_type: "refresh_token" })];
  expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
    [429, "9"],
    [429, "9"],
  ]);
  const socket = sandbox.guide.env["DA_CENTRIFUGO_URL"] ?? "";
  expect(await statusOfUpgrade(socket)).toEqual({ status: 429, retryAfter: "9" });
  await sandbox.faults({ retryAfter: 0 });
  expect(await statusOfUpgrade(socket)).toEqual({ status: 429, retryAfter: undefined });
  await sandbox.faults({ tooMany: 0, serverError: 1, serverErrorStatus: 503 });
  expect((await api("/alerts/donations", access_token)).status).toBe(503);
  expect((await statusOfUpgrade(socket)).status).toBe(503);
  await sandbox.faults({ serverError: 0 });
  expect((await api("/alerts/donations", access_token)).status).toBe(200);
});

test("tokens expire and can be refreshed, until refreshing is refused", async () => {
  const first = await letIn("Ana");
  await sandbox.now({ expireTokens: true });
  expect((await api("/user/oauth", first.access_token)).status).toBe(401);
  const refreshed = await token({ grant_type: "refresh_token", refresh_token: first.refresh_token });
  const second = (await refreshed.json()) as TokenPair;
  expect((await api("/user/oauth", second.access_token)).status).toBe(200);
  await sandbox.faults({ refuseRefresh: 1 });
  const refused = await token({ grant_type: "refresh_token", refresh_token: second.refresh_token });
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  await sandbox.faults({ refuseRefresh: 0 });
  const again = await token({ grant_type: "refresh_token", refresh_token: second.refresh_token });
  expect(again.status).toBe(200);
});

test("every code that a platform closes with arrives at a real client", async () => {
  for (const { code, reason } of knownCloses) {
    const reader = await sandbox.tuniform();
    expect((await sandbox.now({ close: code })).closed).toBe(1);
    expect(await reader.ended).toEqual({ code, reason });
  }
});

test("closed with the very first frame, and nobody stays behind", async () => {
  await sandbox.faults({ close: 1, closeCode: 1012 });
  const { TIPWIRE_TUNIFORM_URL } = sandbox.guide.env;
  for (let i = 0; i < 5; i++) {
    const reader = await SocketReader.open(`${TIPWIRE_TUNIFORM_URL}?token=${sandbox.ana.streamToken}`);
    expect((await reader.ended).code).toBe(1012);
  }
  await sandbox.faults({ close: 0 });
  expect((await sandbox.state()).sockets).toBe(0);
  const figures = await (await fetch(`${sandbox.url}/metrics`)).text();
  expect(/^tipwire_followers (\d+)/m.exec(figures)?.[1]).toBe("0");
});

test("a damaged frame on order; frames lost, doubled and told so", async () => {
  const reader = await sandbox.tuniform();
  expect((await sandbox.now({ damage: true })).damaged).toBe(1);
  // The last frame that it had been sent.
  const sound = { type: "CONNECTED", kick_username: "", user_id: sandbox.ana.userId };
  expect(await reader.next()).not.toBe(JSON.stringify(sound));
  await sandbox.faults({ duplicate: 1 });
  await sandbox.donate({ creator: "ana", name: "Bo", amount: "1.00", currency: "EUR", message: "twice" });
  expect(await reader.next()).toBe(await reader.next());
  await sandbox.faults({ duplicate: 0, drop: 1 });
  await sandbox.donate({ creator: "ana", name: "Bo", amount: "1.00", currency: "EUR", message: "lost" });
  await sandbox.faults({ drop: 0 });
  await sandbox.donate({ creator: "ana", name: "Bo", amount: "1.00", currency: "EUR", message: "there" });
  expect(JSON.parse(await reader.next()).message).toBe("there");
  const { counts } = await sandbox.state();
  expect(counts["duplicate"]).toBeGreaterThan(0);
  expect(counts["drop"]).toBeGreaterThan(0);
  reader.socket.terminate();
});

test("none of it is on a server that is no sandbox", async () => {
  const program = await startProgram();
  try {
    const addresses = [
      "/sandbox/state",
      "/sandbox/sign-in",
      "/sandbox/faults",
      "/sandbox/now",
      "/sandbox/donations",
      "/sandbox/tuniform",
    ];
    const answers = addresses.flatMap((path) =>
      ["GET", "POST"].map(async (method) => (await fetch(program.url + path, { method })).status),
    );
    expect(new Set(await Promise.all(answers))).toEqual(new Set([404]));
  } finally {
    await program.stop();
  }
});

test("used wrongly it says so and starts nothing", async () => {
  const unknown = await runTipwire(["sandbox", "--data-dir", "here"], {});
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining("tipwire sandbox --help lists its flags"),
  ]);
  const invalid = await runTipwire(["sandbox", "--drop", "2"], {});
  expect([invalid.code, invalid.stderr]).toEqual([1, expect.stringContaining("--drop must be a number from 0 to 1")]);
  const help = await runTipwire(["sandbox", "--help"], {});
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining("--close-code N")]);
});

test("what it kept is gone when it stops, and its settings are its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tipwire-elsewhere-"));
  const other = await startSandboxProgram(["--creator", "Zoë", "--drop", "0.5"], { TMPDIR: folder });
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^tipwire-sandbox-/)]);
  expect(other.guide.creators.map(({ name, slug }) => [name, slug])).toEqual([["Zoë", "zo"]]);
  expect((await other.state()).faults.drop).toBe(0.5);
  expect(await other.stop()).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  rmdirSync(folder);
});
