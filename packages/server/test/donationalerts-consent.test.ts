import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { type Application, application, token } from "./donationalerts-world.ts";
import { openPage, worstContrast } from "./pages.ts";
import { api, type Program, startProgram } from "./program.ts";

/** A person at a real browser, who is sent to the consent page by a real application, reads it and answers. */
describe.skipIf(chromiumPath === undefined)("the consent page", () => {
  let program: Program;
  let browser: Browser;
  let site: ReturnType<typeof Bun.serve>;
  let back: string;
  let app: Application;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    program = await startProgram();
    browser = await launchChromium();
    // The application's own site: shows where it was sent back to, fragment included.
    site = Bun.serve({
      hostname: "localhost",
      port: 0,
      fetch: () =>
        new Response("<title>Song Bot</title><p id=at></p><script>at.textContent = location.href</script>", {
          headers: { "content-type": "text/html" },
        }),
    });
    back = `http://localhost:${site.port}/back`;
    app = await application(program, "Song Bot", back);
    await api(program, "POST", "/channels", { slug: "ana", title: "Ana plays" });
  });

  afterAll(async () => {
    await browser.close();
    await site.stop(true);
    await program.stop();
  });

  const open = async (options: BrowserContextOptions = {}) => {
    ({ context, page, complaints } = await openPage(browser, options));
  };

  beforeEach(() => open());
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  const request = (more: Record<string, string> = {}) => {
    const scope = "oauth-user-show oauth-donation-subscribe oauth-donation-index oauth-custom_alert-store";
    const query = {
      client_id: app.clientId,
      redirect_uri: back,
      response_type: "code",
      scope,
      state: "forged?",
      ...more,
    };
    return `${program.url}/oauth/authorize?${new URLSearchParams(query)}`;
  };

  const signIn = async () => {
    const { url } = await api<{ url: string }>(program, "POST", "/channels/ana/login");
    await page.goto(url);
    await page.getByRole("button", { name: /Sign in|Войти/ }).click();
  };

  const sentBackTo = async () => {
    await page.waitForURL(/\/back/);
    return new URL((await page.locator("#at").textContent()) ?? "");
  };

  test("the whole way: asked to sign in, signed in by a link, consent read, allowed, tokens", async () => {
    await page.goto(request());
    await page.getByRole("heading", { name: "Sign in first" }).waitFor();
    expect(await page.locator("pre").textContent()).toBe("npx tipwire login --channel YOUR-CHANNEL");
    await signIn();
    await page.getByRole("heading", { level: 1, name: "Song Bot wants to use your channel" }).waitFor();
    expect(await page.locator(".channel").innerText()).toBe("A\nAna plays\nana");
    expect(await page.getByRole("list", { name: "It will be able to:" }).getByRole("listitem").allInnerTexts()).toEqual(
      [
        "See your channel’s name and number",
        "Receive your donations the moment they arrive",
        "Read the donations that you have received so far",
        "Show alerts of its own on your stream",
      ],
    );
    await page.getByText("Either way you go back to a program on this computer.").waitFor();
    if (process.env["TIPWIRE_UPDATE_DOCS"] === "1") {
      const path = join(import.meta.dir, "../../../docs/images/consent.png");
      await page.screenshot({ path, clip: { x: 340, y: 60, width: 600, height: 780 } });
    }
    await page.getByRole("button", { name: "Allow" }).click();
    const sent = await sentBackTo();
    expect(sent.searchParams.get("state")).toBe("forged?");
    const client = { client_id: app.clientId, client_secret: app.clientSecret };
    const exchange = {
      grant_type: "authorization_code",
      redirect_uri: back,
      code: sent.searchParams.get("code") ?? "",
    };
    const pair = (await (await token(program, { ...client, ...exchange })).json()) as { access_token: string };
    const user = await fetch(`${program.url}/api/v1/user/oauth`, {
      headers: { authorization: `Bearer ${pair.access_token}` },
    });
    expect(await user.json()).toMatchObject({ data: { code: "ana", name: "Ana plays" } });
  });

  test("Deny sends back an error and the state", async () => {
    await signIn();
    await page.goto(request());
    await page.getByRole("button", { name: "Deny" }).click();
    expect((await sentBackTo()).search).toBe("?error=access_denied&state=forged%3F");
  });

  test("the implicit grant: the token is in the fragment, which no server sees", async () => {
    await signIn();
    await page.goto(request({ response_type: "token" }));
    await page.getByRole("button", { name: "Allow" }).click();
    const sent = await sentBackTo();
    expect(sent.search).toBe("");
    expect(sent.hash).toMatch(/^#access_token=twa_[0-9a-f]{64}&token_type=Bearer&expires_in=604800&state=forged%3F$/);
  });

  test("an address that is not registered: a page that says so, and nobody is sent anywhere", async () => {
    await signIn();
    await page.goto(request({ redirect_uri: `${back}/elsewhere` }));
    await page.getByRole("heading", { name: "This request cannot be trusted" }).waitFor();
    await page.getByText("an address that is not registered for this application").waitFor();
    expect(page.url()).toStartWith(program.url);
    expect(await page.getByRole("button").count()).toBe(0);
  });

  test("by keyboard alone: Deny, Allow, the way out, in this order and with a focus that is seen", async () => {
    await signIn();
    await page.goto(request());
    const focused: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press("Tab");
      focused.push(await page.evaluate(() => document.activeElement?.textContent ?? ""));
      const width = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineWidth);
      expect(Number.parseFloat(width)).toBeGreaterThanOrEqual(2);
    }
    expect(focused).toEqual(["Deny", "Allow", "Use another channel"]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
  });

  test("nobody can put it into a frame", async () => {
    await signIn();
    await page.goto(back);
    const refused = page.waitForEvent("requestfailed");
    await page.evaluate(
      (src) => document.body.append(Object.assign(document.createElement("iframe"), { src })),
      request(),
    );
    expect((await refused).failure()?.errorText).toBe("net::ERR_BLOCKED_BY_RESPONSE");
    complaints = [];
  });

  const looks = {
    dark: { colorScheme: "dark" },
    light: { colorScheme: "light" },
    russian: { colorScheme: "dark", locale: "ru-RU" },
    phone: { colorScheme: "light", viewport: { width: 320, height: 640 } },
  } as const;

  for (const [name, options] of Object.entries(looks)) {
    test(`${name}: everything is readable and nothing is cut off`, async () => {
      await context.close();
      await open(options);
      const long = await application(program, `${name} ${"Лучшийботдлястримеров".repeat(3)}`, back);
      await signIn();
      for (const clientId of [app.clientId, long.clientId]) {
        await page.goto(request({ client_id: clientId }));
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        expect(await worstContrast(page)).toBeGreaterThanOrEqual(4.5);
        for (const button of await page.locator(".buttons button").all()) {
          expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
        }
        const folder = process.env["TIPWIRE_PICTURES"];
        if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}-${clientId}.png`, fullPage: true });
      }
    });
  }
});
