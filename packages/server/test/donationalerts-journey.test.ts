import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { freePort, guideSettings, type OtherSide, startOtherSide } from "./donationalerts-side.ts";
import { openPage, worstContrast } from "./pages.ts";
import { api, type Program, startProgram } from "./program.ts";

/** A creator at a real browser: the page at `/`, the login button, consent on a second Tipwire, and back. */
describe.skipIf(chromiumPath === undefined)("the page at /", () => {
  let side: OtherSide;
  let port: number;
  let program: Program;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    port = await freePort();
    side = await startOtherSide({ redirectUri: `http://localhost:${port}/api/auth/donationalerts/callback` });
    for (const [slug, title] of [
      ["ana", "Ana plays"],
      ["bo", "Bo"],
    ])
      await api(side, "POST", "/channels", { slug, title });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await side.stop();
  });

  const open = async (options: BrowserContextOptions = {}) => {
    ({ context, page, complaints } = await openPage(browser, options));
  };

  beforeEach(async () => {
    program = await startProgram({ port, env: guideSettings(side) });
    await open();
  });
  afterEach(async () => {
    await context.close();
    await program.stop();
    expect(complaints).toEqual([]);
  });

  /** Signs the browser in by a link, on one of the two servers. */
  const signIn = async (server: Pick<Program, "url" | "key">, slug: string) => {
    const { url } = await api<{ url: string }>(server, "POST", `/channels/${slug}/login`);
    await page.goto(url);
    await page.getByRole("button", { name: /Sign in|Войти/ }).click();
  };

  const connect = async (slug: string, answer = "Allow") => {
    await signIn(side, slug);
    await page.goto(program.url);
    await page.getByRole("link", { name: "Login with DonationAlerts" }).click();
    await page.getByRole("button", { name: answer }).click();
  };

  const card = (name: string) => page.locator(".card", { hasText: name });

  test("login button, consent, callback, live; a donation there is in the feed here within a second", async () => {
    await signIn(program, "main");
    await connect("ana");
    await page.waitForURL(`${program.url}/`);
    expect(await page.getByRole("status").textContent()).toStartWith("DonationAlerts is connected.");
    await card("Ana plays").getByText("Live").waitFor();
    const events = await fetch(`${program.url}/v1/channels/main/events`, {
      headers: { authorization: `Bearer ${program.key}`, accept: "text/event-stream" },
    });
    const feed = events.body?.getReader();
    await feed?.read();
    const given = performance.now();
    await side.donate("ana", { name: "Ada", amount: "12.50", currency: "EUR", message: "<b>Hello!</b>" });
    const heard = new TextDecoder().decode((await feed?.read())?.value);
    expect(performance.now() - given).toBeLessThan(1000);
    expect(heard).toContain('"name":"Ada"');
    await feed?.cancel();
    const row = page.locator(".events li").first();
    await row.getByText("Ada").waitFor();
    expect(await row.locator(".money").textContent()).toBe("€12.50");
    expect(await row.locator(".message").textContent()).toBe("<b>Hello!</b>");
    await page.reload();
    expect(await page.getByRole("status").isVisible()).toBe(false);
  });

  test("Deny: a page that says so, and the way back to the login", async () => {
    await connect("ana", "Deny");
    await page.getByRole("heading", { name: "You did not allow it" }).waitFor();
    await page.getByRole("link", { name: "Begin again" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await card("Ana plays").getByText("Live").waitFor();
  });

  test("a forged state: nothing is connected", async () => {
    await page.goto(`${program.url}/api/auth/donationalerts/callback?code=c&state=forged`);
    await page.getByRole("heading", { name: "This login cannot be finished" }).waitFor();
    await page.getByRole("link", { name: "Back to Tipwire" }).click();
    await page.getByText("No platform is connected yet.").waitFor();
  });

  test("a second creator on the same application, on a channel of their own", async () => {
    await api(program, "POST", "/channels", { slug: "second", title: "Second" });
    await signIn(program, "main");
    await connect("ana");
    await card("Ana plays").getByText("Live").waitFor();
    await signIn(program, "second");
    await connect("bo");
    await card("Bo").getByText("Live").waitFor();
    expect(await page.locator(".card").count()).toBe(1);
    const { connections } = await api<{ connections: { channel: string; name: string; status: string }[] }>(
      program,
      "GET",
      "/connections",
    );
    expect(connections).toMatchObject([
      { channel: "main", name: "Ana plays", status: "live" },
      { channel: "second", name: "Bo", status: "live" },
    ]);
  });

  const looks = {
    dark: { colorScheme: "dark" },
    light: { colorScheme: "light" },
    russian: { colorScheme: "dark", locale: "ru-RU" },
    phone: { colorScheme: "light", viewport: { width: 320, height: 640 } },
  } as const;

  for (const [name, options] of Object.entries(looks)) {
    test(`${name}: everything is readable and nothing is cut off, empty and full`, async () => {
      await context.close();
      await open(options);
      const picture = async (what: string) => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        expect(await worstContrast(page)).toBeGreaterThanOrEqual(4.5);
        const folder = process.env["TIPWIRE_PICTURES"];
        if (folder !== undefined) await page.screenshot({ path: `${folder}/home-${name}-${what}.png`, fullPage: true });
      };
      await page.goto(program.url);
      await page.locator("#now section").first().waitFor();
      await picture("empty");
      await signIn(program, "main");
      await signIn(side, "ana");
      await page.goto(`${program.url}/api/auth/donationalerts/login`);
      await page.getByRole("button", { name: /Allow|Разрешить/ }).click();
      await page.locator('[data-status="live"]').waitFor();
      await side.donate("ana", {
        name: "Ада ".repeat(15),
        amount: "1234567.89",
        currency: "RUB",
        message: "слово".repeat(60),
      });
      await api(program, "POST", "/channels/main/events", {
        name: "Bo",
        amount: "5",
        currency: "USD",
        message: "gg",
        test: true,
      });
      await page.locator(".events li").nth(1).waitFor();
      await page.locator("dd", { hasText: ":" }).first().waitFor();
      await picture("full");
    });
  }
});
