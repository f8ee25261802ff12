import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, guideSettings, type OtherSide, startOtherSide } from "./donationalerts-side.ts";
import { Browser } from "./donationalerts-world.ts";
import { api, type Program, startProgram } from "./program.ts";
import { SocketReader } from "./socket-reader.ts";

/** The addresses of the DonationAlerts guide on the running program; a second Tipwire plays DonationAlerts. */
const path = "/api/auth/donationalerts";
let side: OtherSide;
let port: number;
let program: Program;
let browser: Browser;
let there: Browser;

beforeAll(async () => {
  port = await freePort();
  side = await startOtherSide({ redirectUri: `http://localhost:${port}${path}/callback` });
  for (const slug of ["ana", "bo"]) await api(side, "POST", "/channels", { slug });
});
afterAll(() => side.stop());

beforeEach(async () => {
  program = await startProgram({ port, env: guideSettings(side) });
  browser = new Browser(program);
  there = new Browser(side);
});
afterEach(() => program.stop());

interface Status {
  readonly authenticated: boolean;
  readonly listener_connected: boolean;
  readonly visitor: string;
  readonly connections: readonly { readonly name: string; readonly status: string; readonly warning: string | null }[];
  readonly events: readonly { readonly name: string }[];
}

async function status(of = browser): Promise<Status> {
  return (await of.get("/api/status")).json() as Promise<Status>;
}

/** Begins a login; gives the address that the browser is sent to. */
async function begin(query = "", of = browser): Promise<URL> {
  const sent = await of.get(`${path}/login${query}`);
  expect(sent.status).toBe(303);
  return new URL(sent.headers.get("location") ?? "");
}

/** Goes there, says yes or no, and gives the address that the browser is sent back to. */
async function consent(to: URL, slug = "ana", decision: "allow" | "deny" = "allow"): Promise<string> {
  await there.signIn(slug);
  const back = await there.consent(Object.fromEntries(to.searchParams), decision);
  expect(back.origin + back.pathname).toBe(`http://localhost:${port}${path}/callback`);
  return back.pathname + back.search;
}

async function connect(slug = "ana", of = browser): Promise<Response> {
  return of.get(await consent(await begin("", of), slug));
}

async function live(): Promise<Status> {
  for (;;) {
    const now = await status();
    if (now.listener_connected) return now;
    await Bun.sleep(20);
  }
}

describe("on a fresh server of one person, at this computer", () => {
  test("the whole way: login, consent, callback, live; a donation there is in the log here", async () => {
    expect(await status()).toMatchObject({ authenticated: false, visitor: "local", connections: [] });
    const to = await begin();
    expect(Object.fromEntries(to.searchParams)).toMatchObject({
      response_type: "code",
      scope: "oauth-user-show oauth-donation-subscribe oauth-donation-index",
      code_challenge_method: "S256",
    });
    const done = await browser.get(await consent(to));
    expect([done.status, done.headers.get("location")]).toEqual([303, "/?status=success"]);
    const now = await live();
    expect(now).toMatchObject({ authenticated: true, connections: [{ name: "ana", status: "live" }] });
    await side.donate("ana", { name: "Ada" });
    const events = `${program.url}/v1/channels/main/events?wait=5&after=oldest`;
    const got = await fetch(events, { headers: { authorization: `Bearer ${program.key}` } });
    expect(await got.json()).toMatchObject({ events: [{ name: "Ada", arrival: "live" }] });
    expect((await status()).events).toEqual([]);
  });

  test("another account is not let in without signing in; the same one is, and stays one connection", async () => {
    await connect();
    const refused = await connect("bo");
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining("npx tipwire login")]);
    expect((await connect()).status).toBe(303);
    expect((await status()).connections.map(({ name }) => name)).toEqual(["ana"]);
    await browser.signIn("main");
    expect((await connect("bo")).status).toBe(303);
    expect((await status()).connections.map(({ name }) => name)).toEqual(["ana", "bo"]);
  });

  test("whoever is not at this computer learns nothing and is asked to sign in", async () => {
    for (const headers of [
      { "x-forwarded-for": "203.0.113.9" },
      { host: "tips.example" },
      { "x-real-ip": "1.2.3.4" },
    ]) {
      const said = await (await browser.get("/api/status", headers)).json();
      expect(said).toMatchObject({ visitor: "unknown", configured: null, channels: [], connections: [], events: [] });
      const login = await browser.get(`${path}/login?from=elsewhere`, headers);
      expect([login.status, await login.text()]).toEqual([401, expect.stringContaining("npx tipwire login")]);
    }
  });

  test("a second account on the server, and everybody has to sign in", async () => {
    await api(program, "POST", "/accounts", { name: "bo" });
    expect((await browser.get(`${path}/login`)).status).toBe(401);
    expect((await status()).visitor).toBe("unknown");
  });

  test("the browser that came to 127.0.0.1 is sent to where its cookies will be", async () => {
    const sent = await fetch(`http://127.0.0.1:${port}${path}/login?channel=main`, { redirect: "manual" });
    const to = new URL(sent.headers.get("location") ?? "");
    expect([to.origin, to.pathname, to.searchParams.get("channel")]).toEqual([
      `http://localhost:${port}`,
      `${path}/login`,
      "main",
    ]);
  });
});

describe("signed in", () => {
  test("sees the events of the channel, and nothing of others; signing out keeps the connection", async () => {
    await browser.signIn("main");
    await connect();
    await live();
    await side.donate("ana", { name: "Ada" });
    while ((await status()).events.length === 0) await Bun.sleep(20);
    expect(await status()).toMatchObject({ visitor: "signed-in", events: [{ name: "Ada" }] });
    const out = await browser.post(`${path}/logout`, {}, { accept: "application/json" });
    expect(await out.json()).toEqual({ message: "Logged out successfully" });
    expect(browser.cookies.filter((name) => name.startsWith("tipwire_session"))).toEqual([]);
    expect(await status()).toMatchObject({ visitor: "local", events: [], connections: [{ status: "live" }] });
  });

  test("may connect the own channel only", async () => {
    await api(program, "POST", "/channels", { slug: "second" });
    await browser.signIn("main");
    for (const slug of ["second", "nobodys"])
      expect((await browser.get(`${path}/login?channel=${slug}`)).status).toBe(403);
    expect((await begin("?channel=MAIN")).origin).toBe(side.url);
  });

  test("whoever had to sign in first goes on from there", async () => {
    await api(program, "POST", "/accounts", { name: "bo" });
    expect((await browser.get(`${path}/login?channel=main`)).status).toBe(401);
    const signedIn = await browser.signIn("main");
    expect(signedIn.headers.get("location")).toBe(`${path}/login?channel=main`);
  });

  test("who is not signed in any more when the browser comes back is refused", async () => {
    await api(program, "POST", "/accounts", { name: "bo" });
    await browser.signIn("main");
    const back = await consent(await begin());
    await browser.post(`${path}/logout`, {});
    expect((await browser.get(back)).status).toBe(403);
  });
});

describe("what goes wrong: a page that says what to do, and the guide's body for programs", () => {
  const json = { accept: "application/json" };

  async function both(address: string, once: () => Promise<string> = async () => address) {
    const page = await browser.get(await once());
    const body = await browser.get(await once(), json);
    return {
      status: page.status,
      text: await page.text(),
      body: await body.json(),
      csp: page.headers.get("content-security-policy"),
    };
  }

  test("denied", async () => {
    const denied = await both("", async () => consent(await begin(), "ana", "deny"));
    expect(denied).toMatchObject({
      status: 403,
      body: { error: "access_denied" },
      csp: expect.stringContaining("default-src 'none'"),
    });
    expect(denied.text).toContain("You did not allow it");
    expect(denied.text).toContain('href="/api/auth/donationalerts/login');
  });

  test.each([
    ["invalid_scope", 502, "DA_SCOPES"],
    ["unauthorized_client", 502, "REDIRECT_URI"],
    ["invalid_request", 502, "REDIRECT_URI"],
    ["unsupported_response_type", 502, "REDIRECT_URI"],
    ["server_error", 502, "Try again later"],
    ["temporarily_unavailable", 502, "Try again later"],
  ])("sent back with %s: what to do, and the code for programs", async (error, status, advice) => {
    const refused = await both("", async () => {
      const back = new URL(await consent(await begin(), "ana", "deny"), program.url);
      back.searchParams.set("error", error);
      return back.pathname + back.search;
    });
    expect(refused).toMatchObject({ status, body: { error } });
    expect(refused.text).toContain(advice);
    expect(refused.text).not.toContain("You did not allow it");
  });

  test("a forged state, one of another browser, one that was used", async () => {
    const forged = await both(`${path}/callback?code=c&state=forged`);
    expect(forged).toMatchObject({ status: 400, body: { error: "Invalid state" } });
    expect(forged.text).toContain("Begin again");
    await begin();
    const others = await consent(await begin("", new Browser(program)));
    expect(await both(others)).toMatchObject({ status: 400, body: { error: "Invalid state" } });
    const used = await consent(await begin());
    expect((await browser.get(used)).status).toBe(303);
    expect(await both(used)).toMatchObject({ status: 400, body: { error: "Invalid state" } });
    expect((await status()).connections).toHaveLength(1);
  });

  test("no code", async () => {
    const without = async () => {
      const back = new URL(await consent(await begin()), program.url);
      back.searchParams.delete("code");
      return back.pathname + back.search;
    };
    expect(await both("", without)).toMatchObject({ status: 400, body: { error: "Missing authorization code" } });
  });

  test("a code that is not taken", async () => {
    const spoilt = async () => (await consent(await begin())).replace(/code=\w+/, "code=twc_other");
    const failed = await both("", spoilt);
    expect(failed).toMatchObject({ status: 502, body: { error: "Failed to exchange code for token" } });
    expect(failed.text).toContain("API_KEY");
    expect(program.output()).toMatch(/a login gave no access.*grant/);
    expect(program.output()).not.toContain("twc_other");
  });

  test("a token endpoint that is not there: another page, and the log says why", async () => {
    await program.stop();
    program = await startProgram({ port, env: { ...guideSettings(side), DA_TOKEN_URL: "http://localhost:9/token" } });
    const unreached = await both("", async () => consent(await begin()));
    expect(unreached).toMatchObject({ status: 502, body: { error: "Failed to exchange code for token" } });
    expect(unreached.text).toContain("in a minute");
    expect(program.output()).toMatch(/a login gave no access.*unreachable/);
  });

  test("nothing that comes in the address is said on a page", async () => {
    const mark = "<b>mark</b>";
    for (const query of [
      { error: mark },
      { error: `invalid_scope${mark}` },
      { state: mark, code: mark },
      { error: mark, error_description: mark },
    ]) {
      const page = await (await browser.get(`${path}/callback?${new URLSearchParams(query)}`)).text();
      expect(page).not.toContain("mark");
    }
  });
});

test("without an application: a page that says how to set one up", async () => {
  await program.stop();
  program = await startProgram({ port });
  const page = await browser.get(`${path}/login`);
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining("npx tipwire setup donationalerts")]);
});

test("the guide's .env in the working directory, to the letter but for where DonationAlerts is", async () => {
  await program.stop();
  const { registered } = side;
  const dataDir = mkdtempSync(join(tmpdir(), "tipwire-guide-"));
  const lines = `# .env
APP_ID="${registered.clientId}"
API_KEY="${registered.clientSecret}"
REDIRECT_URI="http://localhost:${port}${path}/callback"
SESSION_SECRET_KEY="GENERATE_A_STRONG_RANDOM_KEY_HERE" # For session security

# Usually fixed
DA_SCOPES="oauth-user-show oauth-donation-subscribe"
DA_AUTHORIZATION_URL="${registered.authorizationUrl}"
DA_TOKEN_URL="${registered.tokenUrl}"
DA_API_BASE_URL="${registered.apiUrl}"
DA_CENTRIFUGO_URL="${registered.realtimeUrl}"
# ... other URLs if needed
`;
  writeFileSync(join(dataDir, ".env"), lines);
  program = await startProgram({ port, dataDir });
  const to = await begin();
  expect(to.searchParams.get("scope")).toBe("oauth-user-show oauth-donation-subscribe");
  expect((await browser.get(await consent(to))).status).toBe(303);
  const { connections } = await live();
  expect(connections[0]).toMatchObject({ status: "live", warning: expect.stringContaining("oauth-donation-index") });
  const token = (await program.tipwireJson<{ streamToken: string }>("token", "rotate", "main")).streamToken;
  const page = await SocketReader.open(`ws://localhost:${port}/ws?token=${token}&feed=guide`);
  await side.donate("ana", { name: "Ada", message: "Hello!" });
  expect(JSON.parse(await page.next())).toMatchObject({ type: "donation", data: { username: "Ada", amount: 5 } });
  page.socket.close();
  await program.stop();
  program = await startProgram({ port, dataDir });
  expect((await live()).connections).toHaveLength(1);
  await program.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
