import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Application, application, donate, granted, type Tokens, tokens } from "./donationalerts-world.ts";
import { api, type Program, startProgram } from "./program.ts";

let program: Program;
let app: Application;
let ana: Tokens;

beforeAll(async () => {
  program = await startProgram();
  app = await application(program, "Bot", "https://bot.example/back");
  ana = await granted(program, "ana", app);
});

afterAll(() => program.stop());

interface Asked {
  readonly token?: string;
  readonly method?: string;
  readonly body?: BodyInit;
  readonly type?: string;
}

function ask(path: string, { token = ana.accessToken, method = "GET", body, type }: Asked = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(type !== undefined && { "content-type": type }) };
  return fetch(`${program.url}/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) });
}

async function json<T = Record<string, unknown>>(answer: Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}

test("user/oauth: the documented keys in their order; the socket token is a JWT whose sub is the user's id", async () => {
  const text = await (await ask("/user/oauth")).text();
  const { data } = JSON.parse(text) as { data: Record<string, unknown> };
  expect(Object.keys(data)).toEqual(["id", "code", "name", "avatar", "email", "socket_connection_token"]);
  expect(data).toMatchObject({ id: ana.userId, code: "ana", name: "Ana plays", avatar: "", email: "" });
  const [, claims = ""] = String(data["socket_connection_token"]).split(".");
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
    sub: String(ana.userId),
    grant: expect.any(Number),
  });
});

describe("alerts/donations", () => {
  const fixture = JSON.parse(readFileSync(join(import.meta.dir, "fixtures/donationalerts-list.json"), "utf8")) as List;
  interface List {
    readonly data: readonly Record<string, unknown>[];
    readonly links: Record<string, string | null>;
    readonly meta: Record<string, unknown>;
  }
  const strict = z.object({
    id: z
      .number()
      .int()
      .max(2 ** 31 - 1),
    name: z.literal("donation"),
    username: z.string().nullable(),
    message: z.string(),
    message_type: z.enum(["text", "audio"]),
    amount: z.number(),
    currency: z.string().length(3),
    is_shown: z.union([z.literal(0), z.literal(1)]),
    created_at: z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    shown_at: z.null(),
  });

  test("thirty a page, newest first, with Laravel's links and meta; a replay is no further one", async () => {
    const bo = await granted(program, "bo", app);
    const list = (page?: string) =>
      json<List>(ask(`/alerts/donations${page === undefined ? "" : `?page=${page}`}`, { token: bo.accessToken }));
    const path = `${program.url}/api/v1/alerts/donations`;
    expect(await list()).toEqual({
      data: [],
      links: { first: `${path}?page=1`, last: `${path}?page=1`, prev: null, next: null },
      meta: { current_page: 1, from: null, last_page: 1, path, per_page: 30, to: null, total: 0 },
    });

    for (let i = 1; i <= 64; i++) await donate(program, "bo", { externalId: `x${i}`, message: `m${i}` });
    await api(program, "POST", "/channels/bo/events", { type: "follow", name: "Cy" });
    const { id } = await donate(program, "bo", { externalId: "x65", message: "m65", name: null });
    await api(program, "POST", `/channels/bo/events/${id}/replay`);
    const pages = [await list(), await list("2"), await list("3"), await list("4")];
    const newestFirst = Array.from({ length: 65 }, (_, i) => `m${65 - i}`);
    expect(pages.flatMap(({ data }) => data.map(({ message }) => message))).toEqual(newestFirst);
    expect(pages.map(({ data }) => data.length)).toEqual([30, 30, 5, 0]);
    expect(pages[1]).toMatchObject({
      links: { first: `${path}?page=1`, last: `${path}?page=3`, prev: `${path}?page=1`, next: `${path}?page=3` },
      meta: { current_page: 2, from: 31, last_page: 3, path, per_page: 30, to: 60, total: 65 },
    });
    expect(pages[3]?.meta).toMatchObject({ from: null, to: null, total: 65 });
    for (const { data, links, meta } of pages) {
      expect(Object.keys(links)).toEqual(Object.keys(fixture.links));
      expect(Object.keys(meta)).toEqual(Object.keys(fixture.meta));
      for (const donation of data) {
        strict.parse(donation);
        const documented = Object.keys(fixture.data[0] ?? {});
        expect(Object.keys(donation).filter((key) => documented.includes(key))).toEqual(documented);
      }
    }
    expect(pages[0]?.data[0]).toMatchObject({ username: null, amount: 5, currency: "USD" });
    for (const page of ["0", "-1", "x", "1.5", ""]) expect((await list(page)).meta).toMatchObject({ current_page: 1 });
  });

  test("imported history is in the list, and a donation is in it as soon as it was stored", async () => {
    const cy = await granted(program, "cy", app);
    const text = readFileSync(join(import.meta.dir, "fixtures/donationalerts-list.json"), "utf8");
    const lines = [{ line: 1, text }];
    const chunk = { format: "donationalerts", session: "s", creator: "77", lines };
    await api(program, "POST", "/channels/cy/import", chunk);
    await donate(program, "cy");
    const { data } = await json<List>(ask("/alerts/donations", { token: cy.accessToken }));
    expect(data.map(({ id }) => id)).toEqual([expect.any(Number), 30530030]);
    expect(data[1]).toMatchObject(fixture.data[0] as object);
  });
});

describe("custom_alert", () => {
  const alert = {
    external_id: "12",
    header: "A wheel",
    message: "was spun",
    is_shown: "0",
    image_url: "https://a.example/i.png",
    sound_url: "https://a.example/s.mp3",
  };
  const post = (asked: Asked, query = "") => ask(`/custom_alert${query}`, { method: "POST", ...asked });

  test("form, JSON and query alike; it becomes a custom event, once for an external id", async () => {
    const answers = [
      await post({ body: new URLSearchParams(alert) }),
      await post({ body: JSON.stringify({ ...alert, external_id: 13, is_shown: 0 }), type: "application/json" }),
      await post({ body: JSON.stringify({ ...alert, external_id: "14" }), type: "text/plain" }),
      await post({ body: "" }, `?dummy=1&${new URLSearchParams({ ...alert, external_id: "15" })}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const [first, ...others] = (await Promise.all(answers.map((each) => each.json()))) as { data: object }[];
    expect(Object.keys(first?.data ?? {})).toEqual([
      "id",
      "external_id",
      "header",
      "message",
      "image_url",
      "sound_url",
      "is_shown",
      "created_at",
      "shown_at",
    ]);
    const { external_id: _, ...same } = { ...alert, is_shown: 0, shown_at: null };
    for (const { data } of [first, ...others] as { data: object }[]) expect(data).toMatchObject(same);
    const again = await post({ body: new URLSearchParams({ ...alert, header: "Another" }) });
    expect([again.status, await again.json()]).toEqual([200, first as never]);

    const { events } = await api<{ events: Record<string, unknown>[] }>(program, "GET", "/channels/ana/events");
    expect(events).toHaveLength(4);
    expect(events[0]).toMatchObject({
      type: "custom",
      arrival: "live",
      origin: `app:${app.clientId}`,
      externalId: "12",
      name: "A wheel",
      message: "was spun",
      avatarUrl: "https://a.example/i.png",
      voiceUrl: "https://a.example/s.mp3",
    });
  });

  test("nothing is needed; one that is taken for shown is kept, and alerts nobody", async () => {
    const bare = await post({ body: "{}" });
    expect(await bare.json()).toMatchObject({ data: { external_id: null, header: null, message: null, is_shown: 0 } });
    const shown = await post({ body: JSON.stringify({ is_shown: true, header: "old" }) });
    expect(await shown.json()).toMatchObject({ data: { header: "old", is_shown: 1 } });
    const { events } = await api<{ events: Record<string, unknown>[] }>(program, "GET", "/channels/ana/events");
    expect(events.at(-1)).toMatchObject({ name: "old", arrival: "import" });
  });

  test("what is too long or of another form is refused field by field, as Laravel does", async () => {
    const wrong = {
      external_id: "x".repeat(33),
      header: "x".repeat(256),
      message: "x".repeat(301),
      is_shown: "2",
      image_url: "javascript:alert(1)",
      sound_url: "x",
    };
    const answer = await post({ body: new URLSearchParams(wrong) });
    const { message, errors } = (await answer.json()) as { message: string; errors: Record<string, string[]> };
    expect([answer.status, message]).toEqual([422, "The given data was invalid."]);
    expect(Object.keys(errors)).toEqual(Object.keys(wrong));
    expect(errors["external_id"]).toEqual(["The external id may not be longer than 32 characters."]);
  });

  test("an external id with a control character is refused; a message with half a character is kept whole", async () => {
    const refused = await post({ body: new URLSearchParams({ external_id: "a\0b" }) });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { errors: { external_id: ["The external id may not hold control characters."] } },
    ]);
    const kept = await post({ body: JSON.stringify({ external_id: "half \ud800", message: "half \ud800" }) });
    const whole = "half \ufffd";
    expect(await kept.json()).toMatchObject({ data: { external_id: whole, message: whole } });
  });
});

describe("centrifuge/subscribe", () => {
  const donations = () => `$alerts:donation_${ana.userId}`;
  const subscribe = async (body: object, asked: Asked = {}) => {
    const answer = await ask("/centrifuge/subscribe", { method: "POST", body: JSON.stringify(body), ...asked });
    return (await answer.json()) as { channels: { channel: string; token: string }[] };
  };

  test("tokens at the top level, whatever the content type says; the channels that are not permitted are left out", async () => {
    const client = "d558c046-c679-43e3-a62d-65989ab55f7c";
    const channels = [donations(), "$alerts:donation_99", `$polls:poll_${ana.userId}`, `$goals:goal_${ana.userId}`, ""];
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
      const answer = await subscribe({ client, channels }, { type });
      expect(answer).toEqual({
        channels: [
          { channel: donations(), token: expect.any(String) },
          { channel: `$goals:goal_${ana.userId}`, token: expect.any(String) },
        ],
      });
    }
    const form = new URLSearchParams([
      ["client", client],
      ["channels[]", donations()],
    ]);
    const { channels: got } = await subscribe({}, { body: form });
    const claims = JSON.parse(Buffer.from(got[0]?.token.split(".")[1] ?? "", "base64url").toString()) as object;
    expect(claims).toEqual({ client, channel: donations(), grant: expect.any(Number) });
  });

  test("each channel needs its scope", async () => {
    const { accessToken: token } = await tokens(program, "ana", app, ["oauth-goal-subscribe"]);
    const channels = [donations(), `$goals:goal_${ana.userId}`];
    const answer = await subscribe({ client: "x", channels }, { token });
    expect(answer.channels.map(({ channel }) => channel)).toEqual([`$goals:goal_${ana.userId}`]);
  });
});

describe("refusals, in DonationAlerts' own words", () => {
  test('401 {"message":"Unauthenticated."}: no token, a wrong one, a missing scope', async () => {
    const { accessToken: weak } = await tokens(program, "ana", app, ["oauth-goal-subscribe"]);
    const refused = [
      fetch(`${program.url}/api/v1/user/oauth`),
      ask("/user/oauth", { token: "twa_x" }),
      ask("/user/oauth", { token: ana.refreshToken }),
      ask("/user/oauth", { token: weak }),
      ask("/alerts/donations", { token: weak }),
      ask("/custom_alert", { token: weak, method: "POST" }),
    ];
    for (const answer of await Promise.all(refused)) {
      expect([answer.status, await answer.text()]).toEqual([401, '{"message":"Unauthenticated."}']);
    }
  });

  test("unknown addresses and methods, broken and large bodies", async () => {
    const cases: readonly [Promise<Response>, number][] = [
      [ask("/merchandise"), 404],
      [ask("/user/oauth", { method: "DELETE" }), 405],
      [ask("/custom_alert", { method: "POST", body: "{" }), 400],
      [ask("/custom_alert", { method: "POST", body: `{"header":"${"x".repeat(70_000)}"}` }), 413],
    ];
    for (const [answer, status] of cases) {
      const { status: got } = await answer;
      expect([got, Object.keys((await (await answer).json()) as object)]).toEqual([status, ["message"]]);
    }
  });

  test("429 with Retry-After beyond the rate of an application, which all its tokens share", async () => {
    const own = await startProgram({ args: ["--application-per-minute", "60"] });
    try {
      const [bot, other] = [
        await application(own, "Bot", "https://a.b/"),
        await application(own, "Other", "https://a.b/"),
      ];
      const [one, two, others] = [
        await tokens(own, "main", bot),
        await tokens(own, "main", bot),
        await tokens(own, "main", other),
      ];
      const get = ({ accessToken }: Tokens) =>
        fetch(`${own.url}/api/v1/user/oauth`, { headers: { authorization: `Bearer ${accessToken}` } });
      for (let i = 0; i < 60; i++) expect((await get(i % 2 ? one : two)).status).toBe(200);
      let refused = await get(one);
      // A bucket fills by one a second.
      while (refused.ok) refused = await get(two);
      expect([refused.status, await refused.json()]).toEqual([429, { message: "Too Many Attempts." }]);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect((await get(others)).status).toBe(200);
      await Bun.sleep(1000);
      expect((await get(one)).status).toBe(200);
    } finally {
      await own.stop();
    }
  });

  test("pages of other sites may ask, with a token and never with a cookie", async () => {
    const preflight = await ask("/centrifuge/subscribe", { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("x-requested-with");
    const answer = await ask("/user/oauth");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });
});
