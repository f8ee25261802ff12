import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../../test/virtual-clock.ts";
import type { SourceSession } from "../../intake/source.ts";
import { Ended } from "./ended.ts";
import { OAuthClient } from "./oauth-client.ts";
import { AccessTokens, type Tokens, tokensText } from "./tokens.ts";

const hour = 3_600_000;
const scopes = ["oauth-user-show", "oauth-donation-subscribe"];
const pair = { token_type: "Bearer", expires_in: 3600, access_token: "a2", refresh_token: "r2" };

interface Asked {
  readonly url: string;
  readonly form: Record<string, string>;
}

type Answer = (signal: AbortSignal) => Response | Promise<Response>;

/** Tokens in a store and a token endpoint whose answers are written here. */
async function world(stored: Partial<Tokens> = {}, ...answers: readonly Answer[]) {
  const clock = new VirtualClock();
  const asked: Asked[] = [];
  const waiting = [...answers];
  const application = {
    clientId: "7",
    clientSecret: "the secret",
    scopes,
    authorizationUrl: "https://da.example/oauth/authorize",
    tokenUrl: "https://da.example/oauth/token",
    apiUrl: "https://da.example/api/v1",
    realtimeUrl: "wss://da.example/connection/websocket",
  };
  const answer = async (url: string | URL | Request, init?: RequestInit) => {
    asked.push({ url: String(url), form: Object.fromEntries(new URLSearchParams(String(init?.body))) });
    const next = waiting.shift();
    if (next === undefined) throw new Error("asked once too often");
    return next(init?.signal as AbortSignal);
  };
  const oauth = new OAuthClient(application, { fetch: answer as typeof fetch, clock });
  const all = { access: "a1", refresh: "r1", issuedAt: clock.now(), expiresAt: clock.now() + hour, scopes, ...stored };
  let secret = tokensText(all);
  const kept: Tokens[] = [];
  let storing: Promise<void> = Promise.resolve();
  let turns = 0;
  const session = {
    secret: async () => secret,
    async replaceSecret(bring: () => Promise<string>) {
      const text = await bring();
      await storing;
      secret = text;
      kept.push(JSON.parse(text));
    },
  } as unknown as SourceSession;
  const turn = async () => {
    turns++;
  };
  const open = () => AccessTokens.open({ session, oauth, clock, turn });
  return {
    clock,
    asked,
    kept,
    open,
    tokens: await open(),
    turns: () => turns,
    storeAfter: (promise: Promise<void>) => {
      storing = promise;
    },
  };
}

const says =
  (body: object, status = 200, headers: Record<string, string> = {}) =>
  () =>
    Response.json(body, { status, headers });

async function endOf(promise: Promise<unknown>) {
  const fault = await promise.then(
    () => undefined,
    (fault: unknown) => fault,
  );
  if (!(fault instanceof Ended)) throw new Error(`did not end: ${fault}`);
  return fault.end;
}

describe("ahead of time", () => {
  test("a token is used as it is until the last tenth of its life, then renewed by one request for all", async () => {
    const { clock, tokens, asked, kept, turns } = await world({}, says(pair));
    await clock.pass(0.89 * hour);
    expect(await tokens.access()).toBe("a1");
    await clock.pass(0.02 * hour);
    expect(await Promise.all([tokens.access(), tokens.access(), tokens.instead("a1")])).toEqual(["a2", "a2", "a2"]);
    expect(asked).toEqual([
      {
        url: "https://da.example/oauth/token",
        form: {
          grant_type: "refresh_token",
          refresh_token: "r1",
          client_id: "7",
          client_secret: "the secret",
          scope: scopes.join(" "),
        },
      },
    ]);
    expect(kept).toEqual([
      { access: "a2", refresh: "r2", issuedAt: clock.now(), expiresAt: clock.now() + hour, scopes },
    ]);
    expect(turns()).toBe(1);
  });

  test("one that lives for twenty years is renewed a day before its end, not two years", async () => {
    const { clock, tokens, asked } = await world({ expiresAt: 1_700_000_000_000 + 631_151_999_000 }, says(pair));
    await clock.pass(631_151_999_000 - 90_000_000);
    expect([await tokens.access(), asked.length]).toEqual(["a1", 0]);
    await clock.pass(10_000_000);
    expect(await tokens.access()).toBe("a2");
  });

  test("without expires_in it is used until it is refused", async () => {
    const { clock, tokens, asked } = await world({ expiresAt: null }, says({ ...pair, expires_in: undefined }));
    await clock.pass(5000 * hour);
    expect([await tokens.access(), asked.length]).toEqual(["a1", 0]);
    expect(await tokens.instead("a1")).toBe("a2");
    await clock.pass(5000 * hour);
    expect([await tokens.access(), asked.length]).toEqual(["a2", 1]);
  });
});

describe("refresh tokens", () => {
  test("a rotated one is stored before the new pair is used", async () => {
    const stored = Promise.withResolvers<void>();
    const { tokens, kept, storeAfter } = await world({}, says(pair));
    storeAfter(stored.promise);
    let used = "";
    const using = tokens.instead("a1").then((access) => {
      used = access;
    });
    await Bun.sleep(0);
    expect([used, kept.length]).toEqual(["", 0]);
    stored.resolve();
    await using;
    expect([used, kept[0]?.refresh]).toEqual(["a2", "r2"]);
  });

  test("what could not be stored is not used", async () => {
    const { tokens, storeAfter } = await world({}, says(pair));
    const refused = Promise.withResolvers<void>();
    storeAfter(refused.promise);
    refused.reject(new Error("another node holds this"));
    await expect(tokens.instead("a1")).rejects.toThrow("another node holds this");
    expect(await tokens.access()).toBe("a1");
  });

  test("where no new one comes the old one stays", async () => {
    const { tokens, kept, open } = await world({}, says({ ...pair, refresh_token: undefined }));
    expect(await tokens.instead("a1")).toBe("a2");
    expect(kept[0]?.refresh).toBe("r1");
    expect(await (await open()).access()).toBe("a2");
  });

  test("without any, a refused token needs the creator", async () => {
    const { tokens, asked } = await world({ refresh: null });
    expect(await endOf(tokens.instead("a1"))).toMatchObject({ status: "needs-authorization" });
    expect(asked).toEqual([]);
  });

  test("a token that was replaced meanwhile is not renewed again", async () => {
    const { tokens, asked } = await world({}, says(pair));
    await tokens.instead("a1");
    expect([await tokens.instead("a1"), asked.length]).toEqual(["a2", 1]);
  });

  test("the scopes are those that the answer names", async () => {
    const { tokens } = await world({}, says({ ...pair, scope: "oauth-user-show" }));
    await tokens.instead("a1");
    expect(tokens.scopes).toEqual(["oauth-user-show"]);
  });
});

describe("what ends the run, and what discards the tokens", () => {
  const passports = {
    error: "invalid_request",
    message: "The refresh token is invalid.",
    hint: "Token has been revoked",
  };

  test.each([
    ["invalid_grant", says({ error: "invalid_grant" }, 400)],
    ["Laravel Passport's word for it", says(passports, 401)],
  ])("%s: the creator has to log in again", async (_, answer) => {
    const { tokens } = await world({}, answer);
    expect(await endOf(tokens.instead("a1"))).toEqual({
      status: "needs-authorization",
      reason: "DonationAlerts does not accept this login any more. Log in to DonationAlerts again.",
    });
  });

  test.each([
    ["the network is away", () => Promise.reject(new TypeError("fetch failed")), undefined],
    ["500", says({ message: "Server Error" }, 500), undefined],
    ["a page of a proxy", () => new Response("<h1>502</h1>", { status: 502 }), undefined],
    ["429", says({ message: "Too Many Attempts." }, 429), 60_000],
    ["429 with Retry-After", says({}, 429, { "retry-after": "7" }), 7000],
    ["429 until a time", says({}, 429, { "retry-after": new Date(1_700_000_030_000).toUTCString() }), 30_000],
    ["wrong App ID or API Key", says({ error: "invalid_client" }, 401), 60_000],
    [
      "the same, with a challenge",
      says({ error: "invalid_client" }, 401, { "www-authenticate": 'Basic realm="OAuth"' }),
      60_000,
    ],
    ["another error", says({ error: "invalid_scope" }, 400), 60_000],
    [
      "an error that only sounds like it",
      says({ error: "invalid_request", message: "Check the `scope` parameter" }, 400),
      60_000,
    ],
    ["something that is no token", says({ hello: true }), 60_000],
    ["no JSON", () => new Response("hello"), 60_000],
  ])("%s: another try, and the tokens stay", async (_, answer, after) => {
    const { tokens, kept, open } = await world({}, answer, says(pair));
    const end = await endOf(tokens.instead("a1"));
    expect(end).toMatchObject({ status: "retry", ...(after !== undefined && { after }) });
    expect("after" in end).toBe(after !== undefined);
    expect(kept).toEqual([]);
    expect(await (await open()).instead("a1")).toBe("a2");
  });

  test("an answer that never comes is given up after half a minute", async () => {
    const never = (signal: AbortSignal) =>
      new Promise<Response>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const { tokens, clock } = await world({}, never);
    const end = endOf(tokens.instead("a1"));
    await clock.pass(30_000);
    expect(await end).toMatchObject({ status: "retry" });
  });

  test("nothing that ends it says a token or the secret", async () => {
    const { tokens } = await world({}, says({ error: "invalid_grant", message: "r1 a1 the secret" }, 400));
    expect(JSON.stringify(await endOf(tokens.instead("a1")))).not.toMatch(/r1|a1|the secret/);
  });

  test.each(["", "{}", "no JSON", '{"access":5}'])(
    "stored text that is no tokens (%p): log in again",
    async (secret) => {
      const session = { secret: async () => secret } as unknown as SourceSession;
      const { clock } = await world();
      const parts = { session, oauth: {} as OAuthClient, clock, turn: async () => undefined };
      expect(await endOf(AccessTokens.open(parts))).toMatchObject({ status: "needs-authorization" });
    },
  );
});
