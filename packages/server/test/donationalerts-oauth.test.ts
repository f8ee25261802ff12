import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type Application, application, Browser, hiddenFields, token, tokens } from "./donationalerts-world.ts";
import { type Program, startProgram } from "./program.ts";

const back = "https://bot.example/back?from=tipwire";
const scope = "oauth-user-show oauth-donation-subscribe";

let program: Program;
let app: Application;
let browser: Browser;

beforeAll(async () => {
  program = await startProgram({ args: ["--access-token-seconds", "3600"] });
  app = await application(program, "Song Bot", back);
  browser = new Browser(program);
  await browser.signIn("main");
});

afterAll(() => program.stop());

const asked = (more: Record<string, string> = {}) => ({
  client_id: app.clientId,
  redirect_uri: back,
  response_type: "code",
  scope,
  state: 'x&y="z" %20+ü',
  ...more,
});
const client = () => ({ client_id: app.clientId, client_secret: app.clientSecret });

async function code(more: Record<string, string> = {}): Promise<string> {
  return (await browser.consent(asked(more))).searchParams.get("code") ?? "";
}

async function works(accessToken: string): Promise<number> {
  const response = await fetch(`${program.url}/api/v1/user/oauth`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return response.status;
}

type Pair = { token_type: string; expires_in: number; access_token: string; refresh_token: string };

async function pair(form: Record<string, string>): Promise<Pair> {
  const response = await token(program, { ...client(), ...form });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Pair;
}

describe("/oauth/authorize", () => {
  test("allowed: back to the application with a code, its own query kept, state untouched", async () => {
    const sent = await browser.consent(asked());
    expect(sent.href).toStartWith("https://bot.example/back?from=tipwire&code=twc_");
    expect(sent.searchParams.get("state")).toBe('x&y="z" %20+ü');
  });

  test("denied: error=access_denied and the state, no code", async () => {
    const sent = await browser.consent(asked(), "deny");
    expect(Object.fromEntries(sent.searchParams)).toEqual({
      from: "tipwire",
      error: "access_denied",
      state: 'x&y="z" %20+ü',
    });
  });

  test("the implicit grant: everything in the fragment, no refresh token", async () => {
    const sent = await browser.consent(asked({ response_type: "token" }));
    const answer = Object.fromEntries(new URLSearchParams(sent.hash.slice(1)));
    expect(sent.href.split("#")[0]).toBe(back);
    expect(answer).toEqual({
      access_token: expect.stringMatching(/^twa_[0-9a-f]{64}$/),
      token_type: "Bearer",
      expires_in: "3600",
      state: 'x&y="z" %20+ü',
    });
    expect(await works(answer["access_token"] ?? "")).toBe(200);
    const denied = await browser.consent(asked({ response_type: "token" }), "deny");
    expect(denied.hash).toStartWith("#error=access_denied&state=");
  });

  test("without an address the only registered one is used; with several of them none is", async () => {
    const { redirect_uri: _, ...query } = asked();
    expect((await browser.consent(query)).href).toStartWith(back);
    const two = await application(program, "Two", back, "https://bot.example/other");
    const answer = await browser.get(`/oauth/authorize?${new URLSearchParams({ ...query, client_id: two.clientId })}`);
    expect(answer.status).toBe(400);
  });

  test("an unknown application or address, or one said twice, is told to the person alone", async () => {
    const untrusted = [
      new URLSearchParams(asked({ client_id: "99" })),
      new URLSearchParams(asked({ client_id: "" })),
      ...[`${back}&more=1`, "https://bot.example/back", `${back}#x`, back.toUpperCase(), "https://evil.example/"].map(
        (redirect_uri) => new URLSearchParams(asked({ redirect_uri })),
      ),
      new URLSearchParams([...Object.entries(asked()), ["redirect_uri", "https://evil.example/"]]),
      new URLSearchParams([...Object.entries(asked()), ["state", "other"]]),
    ];
    for (const query of untrusted) {
      for (const answer of [
        await browser.get(`/oauth/authorize?${query}`),
        await browser.post("/oauth/authorize", query),
      ]) {
        expect([String(query), answer.status, answer.headers.get("location")]).toEqual([String(query), 400, null]);
      }
    }
  });

  test("what is wrong otherwise is told to the application, with its state", async () => {
    const wrong: readonly [Record<string, string>, string][] = [
      [{ response_type: "id_token" }, "unsupported_response_type"],
      [{ scope: "" }, "invalid_scope"],
      [{ scope: "oauth-user-show admin" }, "invalid_scope"],
      [{ code_challenge: "short" }, "invalid_request"],
      [{ code_challenge: "a".repeat(43), code_challenge_method: "S512" }, "invalid_request"],
    ];
    for (const [more, error] of wrong) {
      const answer = await browser.get(`/oauth/authorize?${new URLSearchParams(asked(more))}`);
      const sent = new URL(answer.headers.get("location") ?? "about:blank");
      expect([answer.status, sent.searchParams.get("error")]).toEqual([303, error]);
      expect(sent.searchParams.get("state")).toBe(asked().state);
    }
  });

  test("whoever is not signed in is asked to, and comes back to the same request afterwards", async () => {
    const stranger = new Browser(program);
    const path = `/oauth/authorize?${new URLSearchParams(asked())}`;
    const first = await stranger.get(path);
    expect(first.status).toBe(401);
    expect(await first.text()).toContain("npx tipwire login --channel");
    const signedIn = await stranger.signIn("main");
    expect([signedIn.status, signedIn.headers.get("location")]).toEqual([303, path]);
    expect((await stranger.get(path)).status).toBe(200);
    expect(stranger.cookies).toHaveLength(1);
  });

  test("a form of another page, another session or an old one gives nothing", async () => {
    const page = await (await browser.get(`/oauth/authorize?${new URLSearchParams(asked())}`)).text();
    const form = { ...hiddenFields(page), decision: "allow" };
    expect(form).toMatchObject(asked());
    const refused = async (fields: Record<string, string>, from: Browser, headers = {}) => {
      const { status, headers: got } = await from.post("/oauth/authorize", fields, headers);
      expect([status, got.get("location")]).toEqual([403, null]);
    };
    await refused({ ...form, form_token: "" }, browser);
    await refused({ ...form, form_token: "й".repeat(64) }, browser);
    await refused(form, browser, { "sec-fetch-site": "cross-site" });
    await refused(form, browser, { "sec-fetch-site": "same-site" });
    const other = new Browser(program);
    await refused(form, other);
    await other.signIn("main");
    await refused(form, other);
  });

  test("what an application calls itself is text, wherever it stands", async () => {
    const evil = await application(program, '<script>alert("x")</script>', back);
    const query = asked({ client_id: evil.clientId, state: '"><img src=x onerror=alert(1)>' });
    const page = await (await browser.get(`/oauth/authorize?${new URLSearchParams(query)}`)).text();
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img src=x");
    expect((await browser.consent(query)).searchParams.get("state")).toBe(query.state);
  });

  test("its pages are nobody's frame, run nothing, fetch nothing from elsewhere, tell nobody their address and are not kept", async () => {
    const { headers } = await browser.get(`/oauth/authorize?${new URLSearchParams(asked())}`);
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'self' 'nonce-[\w-]+'; img-src 'self'; form-action 'self' https:\/\/bot\.example; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
  });
});

describe("sign-in links", () => {
  test("looking at one does not use it up; opening it does, and a second time is refused", async () => {
    const { url } = await program.tipwireJson<{ url: string }>("login", "--channel", "main");
    const { pathname } = new URL(url);
    expect(url).toStartWith(`${program.url}/login/twl_`);
    for (let i = 0; i < 3; i++) expect((await fetch(url)).status).toBe(200);
    const first = new Browser(program);
    expect((await first.post(pathname, {}, { "sec-fetch-site": "cross-site" })).status).toBe(410);
    expect((await first.post(pathname, {})).status).toBe(303);
    expect((await new Browser(program).post(pathname, {})).status).toBe(410);
    expect((await fetch(url)).status).toBe(410);
    const signedIn = await (await first.get("/login")).text();
    expect(signedIn).toContain("You are signed in as the owner of My channel");
    expect(signedIn).toContain('href="/"');
  });

  test("a place to go back to that is no address, which only a changed cookie can hold, is forgotten", async () => {
    const { url } = await program.tipwireJson<{ url: string }>("login", "--channel", "main");
    const cookie = `tipwire_return_${program.port}=${encodeURIComponent("/oauth/authorize?state=\u2028\r\nX-Injected: 1")}`;
    const opened = await fetch(url, { method: "POST", redirect: "manual", headers: { cookie } });
    expect([opened.status, opened.headers.get("location")]).toEqual([303, "/login"]);
    expect(opened.headers.get("x-injected")).toBeNull();
  });

  test("the cookie is HttpOnly and SameSite=Lax, and belongs to this port; signing out ends it", async () => {
    const { url } = await program.tipwireJson<{ url: string }>("login", "--channel", "main");
    const signedIn = await fetch(url, { method: "POST", redirect: "manual" });
    const cookie = signedIn.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      new RegExp(`^tipwire_session_${program.port}=tws_[0-9a-f]{64}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax$`),
    );
    const person = new Browser(program);
    await person.signIn("main");
    const page = await (await person.get("/login")).text();
    const [, formToken = ""] = /name="form_token" value="(\w+)"/.exec(page) ?? [];
    expect((await person.post("/login/end", { form_token: "wrong" })).status).toBe(403);
    expect((await person.post("/login/end", { form_token: formToken })).status).toBe(303);
    expect(person.cookies).toEqual([]);
    expect(await (await person.get("/login")).text()).toContain("You are not signed in");
  });

  test("over https the cookies are Secure and bound to the host", async () => {
    const own = await startProgram({ args: ["--public-url", "https://tips.example"] });
    try {
      const { url } = await own.tipwireJson<{ url: string }>("login", "--channel", "main");
      expect(url).toStartWith("https://tips.example/login/");
      const signedIn = await fetch(`${own.url}${new URL(url).pathname}`, { method: "POST", redirect: "manual" });
      expect(signedIn.headers.get("set-cookie")).toMatch(/^__Host-tipwire_session=tws_.*; Path=\/; .*; Secure$/);
    } finally {
      await own.stop();
    }
  });
});

describe("/oauth/token", () => {
  test("a code gives a pair of tokens, of the documented shape, never to be kept by a cache", async () => {
    const form = { grant_type: "authorization_code", redirect_uri: back, code: await code() };
    const response = await token(program, { ...client(), ...form });
    expect(response.headers.get("cache-control")).toBe("no-store");
    const text = await response.text();
    expect(text).toMatch(
      /^\{"token_type":"Bearer","expires_in":3600,"access_token":"twa_[0-9a-f]{64}","refresh_token":"twr_[0-9a-f]{64}"\}$/,
    );
    expect(await works((JSON.parse(text) as Pair).access_token)).toBe(200);
  });

  test("form, JSON, query, multipart and Basic are read alike, whatever the content type says", async () => {
    const grant = async () => ({ grant_type: "authorization_code", redirect_uri: back, code: await code() });
    const address = `${program.url}/oauth/token`;
    const basic = `Basic ${btoa(`${app.clientId}:${app.clientSecret}`)}`;
    const json = (fields: object, type: string) => ({
      method: "POST",
      body: JSON.stringify(fields),
      headers: { "content-type": type },
    });
    const multipart = new FormData();
    for (const [name, value] of Object.entries({ ...client(), ...(await grant()) })) multipart.set(name, value);
    const answers = [
      await fetch(address, json({ ...client(), ...(await grant()) }, "application/json")),
      await fetch(address, json({ ...client(), client_id: Number(app.clientId), ...(await grant()) }, "text/plain")),
      await fetch(`${address}?${new URLSearchParams({ ...client(), ...(await grant()) })}`, { method: "POST" }),
      await fetch(address, { method: "POST", body: multipart }),
      await fetch(address, { ...json(await grant(), ""), headers: { authorization: basic } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  test("redirect_uri may be left out, but a wrong one is refused", async () => {
    await pair({ grant_type: "authorization_code", code: await code() });
    const wrong = { grant_type: "authorization_code", code: await code(), redirect_uri: "https://bot.example/" };
    const refused = await token(program, { ...client(), ...wrong });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });

  test("a code that comes a second time is refused, and the tokens that it gave are revoked", async () => {
    const form = { grant_type: "authorization_code", redirect_uri: back, code: await code() };
    const first = await pair(form);
    expect(await works(first.access_token)).toBe(200);
    const again = await token(program, { ...client(), ...form });
    expect([again.status, await again.json()]).toMatchObject([400, { error: "invalid_grant" }]);
    expect(await works(first.access_token)).toBe(401);
    const refreshed = await token(program, {
      ...client(),
      grant_type: "refresh_token",
      refresh_token: first.refresh_token,
    });
    expect([refreshed.status, await refreshed.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });

  test("a code belongs to its application", async () => {
    const other = await application(program, "Other", back);
    const form = { grant_type: "authorization_code", code: await code() };
    const theirs = await token(program, { client_id: other.clientId, client_secret: other.clientSecret, ...form });
    expect([theirs.status, await theirs.json()]).toMatchObject([400, { error: "invalid_grant" }]);
    await pair(form);
  });

  test("PKCE: the verifier must fit, must come, and must not come without a challenge", async () => {
    const verifier = "v".repeat(50);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const exchange = async (asking: Record<string, string>, more: Record<string, string>) => {
      const form = { ...client(), grant_type: "authorization_code", code: await code(asking), ...more };
      const response = await token(program, form);
      return response.ok ? "granted" : ((await response.json()) as { error: string }).error;
    };
    const s256 = { code_challenge: challenge, code_challenge_method: "S256" };
    expect(await exchange(s256, { code_verifier: verifier })).toBe("granted");
    expect(await exchange({ code_challenge: verifier }, { code_verifier: verifier })).toBe("granted");
    expect(await exchange(s256, { code_verifier: challenge })).toBe("invalid_grant");
    expect(await exchange(s256, {})).toBe("invalid_grant");
    expect(await exchange({}, { code_verifier: verifier })).toBe("invalid_grant");
  });

  test("a refresh gives a new pair; repeated or raced, the same one; the earlier access token goes on for a minute", async () => {
    const first = await pair({ grant_type: "authorization_code", code: await code() });
    const form = { grant_type: "refresh_token", refresh_token: first.refresh_token, scope };
    const all = await Promise.all([pair(form), pair(form), pair(form)]);
    const again = await pair({ ...form, redirect_uri: back });
    expect(new Set([...all, again].map(({ access_token }) => access_token)).size).toBe(1);
    expect(new Set([...all, again].map(({ refresh_token }) => refresh_token)).size).toBe(1);
    expect(again.refresh_token).not.toBe(first.refresh_token);
    expect(await works(first.access_token)).toBe(200);
    expect(await works(again.access_token)).toBe(200);
    const next = await pair({ grant_type: "refresh_token", refresh_token: again.refresh_token });
    expect(next.access_token).not.toBe(again.access_token);
  });

  test("errors are those of RFC 6749", async () => {
    const wrong: readonly [Record<string, string>, number, string][] = [
      [{}, 401, "invalid_client"],
      [{ client_id: app.clientId }, 401, "invalid_client"],
      [{ ...client(), client_secret: "x" }, 401, "invalid_client"],
      [{ ...client(), client_id: "99" }, 401, "invalid_client"],
      [client(), 400, "invalid_request"],
      [{ ...client(), grant_type: "password" }, 400, "unsupported_grant_type"],
      [{ ...client(), grant_type: "authorization_code" }, 400, "invalid_request"],
      [{ ...client(), grant_type: "authorization_code", code: "x" }, 400, "invalid_grant"],
      [{ ...client(), grant_type: "refresh_token" }, 400, "invalid_request"],
      [{ ...client(), grant_type: "refresh_token", refresh_token: "x" }, 400, "invalid_grant"],
    ];
    for (const [form, status, error] of wrong) {
      const response = await token(program, form);
      expect([form, response.status, await response.json()]).toMatchObject([form, status, { error }]);
    }
    const basic = { authorization: `Basic ${btoa(`${app.clientId}:wrong`)}` };
    const response = await fetch(`${program.url}/oauth/token`, { method: "POST", headers: basic });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="Tipwire"']);
    for (const [body, type] of [
      ["{", "application/json"],
      ["--x", "multipart/form-data; boundary=y"],
    ] as const) {
      const broken = await fetch(`${program.url}/oauth/token`, {
        method: "POST",
        body,
        headers: { "content-type": type },
      });
      expect([broken.status, await broken.json()]).toMatchObject([400, { error: "invalid_request" }]);
    }
    for (const [method, path] of [
      ["GET", "/oauth/token"],
      ["POST", "/oauth/other"],
    ] as const) {
      expect(Object.keys((await (await fetch(program.url + path, { method })).json()) as object)).toContain("error");
    }
  });

  test("access tokens expire, and are no key of ours; ours are no access token", async () => {
    const own = await startProgram({ args: ["--access-token-seconds", "60"] });
    try {
      const bot = await application(own, "Bot", back);
      const { accessToken } = await tokens(own, "main", bot);
      const ours = await fetch(`${own.url}/v1/me`, { headers: { authorization: `Bearer ${accessToken}` } });
      expect(ours.status).toBe(401);
      const theirs = await fetch(`${own.url}/api/v1/user/oauth`, { headers: { authorization: `Bearer ${own.key}` } });
      expect(theirs.status).toBe(401);
    } finally {
      await own.stop();
    }
  });

  test("failed sign-ins are slowed down, in the words of each address", async () => {
    const own = await startProgram({ args: ["--failure-burst", "3", "--trusted-proxies", "127.0.0.1,::1"] });
    try {
      const headers = { "x-forwarded-for": "203.0.113.9", authorization: "Bearer twa_wrong" };
      const ask = (path: string, method: string) => fetch(own.url + path, { method, headers });
      for (let i = 0; i < 3; i++) expect((await ask("/api/v1/user/oauth", "GET")).status).toBe(401);
      const [rest, oauth] = [await ask("/api/v1/user/oauth", "GET"), await ask("/oauth/token", "POST")];
      expect([rest.status, oauth.status]).toEqual([429, 429]);
      expect(Number(rest.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(Object.keys((await rest.json()) as object)).toEqual(["message"]);
      expect(await oauth.json()).toMatchObject({ error: "invalid_request" });
    } finally {
      await own.stop();
    }
  });
});

describe("the command line", () => {
  test("applications are registered, listed, let in, and what they were granted is listed and revoked", async () => {
    const made = await program.tipwireJson<Application>("app", "create", "CLI Bot", "--redirect-uri", back);
    expect(made).toMatchObject({ clientId: expect.any(String), clientSecret: expect.stringMatching(/^tws_/) });
    const taken = await program.tipwire("app", "create", "CLI Bot", "--redirect-uri", back);
    expect([taken.code, taken.stderr]).toEqual([
      1,
      expect.stringContaining("There is an application CLI Bot already."),
    ]);
    for (const uri of ["javascript:alert(1)", "/back", "https://a.example/#x", "https://a b"]) {
      expect((await program.tipwire("app", "create", "Bad", "--redirect-uri", uri)).code).toBe(1);
    }
    const { stdout } = await program.tipwire("app", "list", "--json");
    expect(stdout).toContain('"name":"CLI Bot"');
    expect(stdout).not.toContain("ecret");
    const let_in = await program.tipwireJson<{ accessToken: string; refreshToken: string; userId: number }>(
      "app",
      "token",
      "CLI Bot",
      "--channel",
      "main",
    );
    expect(let_in.userId).toBe(1);
    expect(await works(let_in.accessToken)).toBe(200);

    const [grant] = (await program.tipwire("grant", "list", "main", "--json")).stdout.split("\n");
    const { id, application: name } = JSON.parse(grant ?? "{}") as { id: string; application: string };
    expect(name).toBe("CLI Bot");
    await program.tipwireJson("grant", "revoke", "main", id);
    expect(await works(let_in.accessToken)).toBe(401);
    expect((await program.tipwire("grant", "revoke", "main", id)).code).toBe(1);
  });

  test("no secret is kept in clear, nor logged", async () => {
    const made = await pair({ grant_type: "authorization_code", code: await code() });
    const next = await pair({ grant_type: "refresh_token", refresh_token: made.refresh_token });
    const secrets = [app.clientSecret, made.access_token, made.refresh_token, next.access_token, next.refresh_token];
    for (const name of ["tipwire.db", "tipwire.db-wal"]) {
      const file = Buffer.from(await Bun.file(`${program.dataDir}/${name}`).bytes());
      for (const secret of secrets) expect([name, file.includes(secret.slice(4))]).toEqual([name, false]);
    }
    for (const secret of secrets) expect(program.output()).not.toContain(secret.slice(4));
  });
});
