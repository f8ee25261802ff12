import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContext } from "playwright-core";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { type Program, startProgram } from "./program.ts";
import { obsAgent, openScreen } from "./screen-page.ts";

/** A screen of a stage in a browser that takes itself for OBS's, fed through the running program. */
let program: Program;
let browser: Browser;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  [program, browser] = await Promise.all([startProgram(), launchChromium()]);
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

describe.skipIf(chromiumPath === undefined)("a screen in OBS", () => {
  test("shows a donation and leaves a receipt: shown, and that it was visible", async () => {
    const screen = await openScreen(browser, program, "shows", { quick: true });
    const event = await screen.send("Ada", "Hello {{amount}}!");
    await screen.sees("Ada");
    expect(await screen.page.locator(".alert .message").textContent()).toBe("Hello {{amount}}!");
    await screen.page.locator(".alert").waitFor({ state: "detached" });
    let receipts = await screen.api.receipts("shows", event);
    while (receipts.at(-1)?.step !== "shown") receipts = await screen.api.receipts("shows", event);
    expect(receipts.at(-1)).toMatchObject({ step: "shown", visible: true, screen: "Main" });
    await screen.close();
  });

  test("skips, clears in a panic within 300 ms, and shows nothing until calm", async () => {
    const screen = await openScreen(browser, program, "panics");
    await screen.send("Ada");
    await screen.sees("Ada");
    await screen.api.controlStage("panics", { action: "skip" });
    await screen.page.locator(".alert").waitFor({ state: "detached" });
    await screen.send("Bo");
    await screen.sees("Bo");
    const gone = screen.page
      .locator(".alert")
      .waitFor({ state: "detached" })
      .then(() => performance.now());
    const began = performance.now();
    await screen.api.controlStage("panics", { action: "panic" });
    expect((await gone) - began).toBeLessThan(300);
    await screen.close();
  });

  test("settings that are put on stream show from the next alert on", async () => {
    const screen = await openScreen(browser, program, "restyled");
    await screen.send("Ada");
    await screen.sees("Ada");
    await screen.api.changeSettings("restyled", {
      look: {
        look: "velvet",
        accent: "#88ddff",
        css: '.alert[data-variation="any one"] { --mine: 1 }',
        language: "ru",
      },
      who: { variations: [{ name: "any one", when: { kind: "random" }, weight: 1 }] },
    });
    await screen.api.publishSettings("restyled");
    expect(await screen.page.locator(".alert.wire").count()).toBe(1);
    await screen.api.controlStage("restyled", { action: "skip" });
    await screen.send("Bo");
    await screen.sees("Bo");
    const style = await screen.page.locator(".alert.velvet").evaluate((alert) => {
      const { getPropertyValue } = getComputedStyle(alert);
      const read = (name: string) => getPropertyValue.call(getComputedStyle(alert), name);
      return [read("--accent"), read("--mine"), alert.querySelector(".amount")?.textContent];
    });
    expect(style).toEqual(["#88ddff", "1", "5\u00a0€"]);
    await screen.close();
  });

  test("outlives the server, delivers the receipt when it is back, and is else fully transparent", async () => {
    const first = await startProgram();
    const screen = await openScreen(browser, first, "outlives", { quick: true });
    const isBlank = async () => {
      const picture = await screen.page.screenshot({ omitBackground: true });
      return picture.equals(await emptyPicture(screen.page.context()));
    };
    expect(await isBlank()).toBe(true);
    const event = await screen.send("Ada");
    await screen.sees("Ada");
    await first.kill();
    await screen.page.locator(".alert").waitFor({ state: "detached" });
    expect(await isBlank()).toBe(true);
    const second = await startProgram({ port: first.port, dataDir: first.dataDir });
    let steps = await screen.steps(event);
    while (!steps.includes("shown")) steps = await screen.steps(event);
    expect(steps.filter((step) => step === "started")).toHaveLength(1);
    expect(await screen.page.locator(".alert").count()).toBe(0);
    await screen.close();
    await second.stop();
  });

  test("weighs at most 30 KB compressed, and 150 KB of typefaces", async () => {
    const screen = await openScreen(browser, program, "weighs");
    await screen.send("Анна and Ada", "Спасибо! Thank you!");
    await screen.sees("Анна and Ada");
    const parts = await screen.page.evaluate(() => {
      const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
      return [location.href, ...entries.map(({ name }) => name)];
    });
    const weightOf = async (ending: RegExp, weigh: (body: Uint8Array<ArrayBuffer>) => number) => {
      const wanted = parts.filter((part) => ending.test(new URL(part).pathname));
      const bodies = await Promise.all(wanted.map(async (part) => (await fetch(part)).bytes()));
      return bodies.reduce((sum, body) => sum + weigh(body), 0);
    };
    const code = await weightOf(/\/overlay\/$|\.(js|css)$/, (body) => Bun.gzipSync(body).length);
    const fonts = await weightOf(/\.woff2$/, (body) => body.length);
    console.log(`page ${code} B compressed, typefaces ${fonts} B`);
    expect(code).toBeGreaterThan(5000);
    expect(code).toBeLessThanOrEqual(30 * 1024);
    expect(fonts).toBeGreaterThan(50_000);
    expect(fonts).toBeLessThanOrEqual(150 * 1024);
    await screen.close();
  });

  test("a tab that is no OBS plays nothing until somebody says so", async () => {
    const screen = await openScreen(browser, program, "tab");
    await screen.close();
    const page = await browser.newPage();
    await page.goto(screen.link);
    await page.getByText("This is a browser tab").waitFor();
    await screen.send("Ada");
    await page.getByRole("button", { name: "Play alerts in this tab" }).click();
    await page.locator(".alert .name", { hasText: "Ada" }).waitFor();
    await page.close();
  });
});

describe.skipIf(chromiumPath === undefined)("the page for OBS", () => {
  test("offers the two usual sizes, by the keyboard too; an address may bring another one", async () => {
    const page = await browser.newPage();
    await page.goto(`${program.url}/obs?name=Main#display_key`);
    const dragged = async () => {
      const { searchParams } = new URL((await page.locator("#card").getAttribute("href")) ?? "", program.url);
      return [searchParams.get("layer-width"), searchParams.get("layer-height")];
    };
    expect(await dragged()).toEqual([null, null]);
    const canvas = page.getByRole("radio", { name: "As large as OBS’s canvas" });
    expect(await canvas.isChecked()).toBe(true);
    await page.locator("body").press("Tab");
    expect(await canvas.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowRight");
    expect(await dragged()).toEqual(["1920", "1080"]);
    await page.getByText("Main, 1920 × 1080").waitFor();
    await page.keyboard.press("ArrowRight");
    expect(await dragged()).toEqual(["1080", "1920"]);
    await page.keyboard.press("ArrowRight");
    expect(await dragged()).toEqual([null, null]);
    await page.goto(`${program.url}/obs?width=800&height=600#display_key`);
    expect(await dragged()).toEqual(["800", "600"]);
    expect(await page.locator("input:checked").count()).toBe(0);
    await page.close();
  });

  test("has a link to drag with name and size, and a launcher that waits for the server, not for a proxy's word", async () => {
    const own = await startProgram();
    const page = await browser.newPage({ userAgent: obsAgent });
    await page.goto(`${own.url}/obs?name=Main&width=1920&height=1080#display_key`);
    const href = await page.locator("#card").getAttribute("href");
    expect(href).toBe(`${own.url}/overlay/?layer-name=Main&layer-width=1920&layer-height=1080#display_key`);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download launcher" }).click();
    const file = join(mkdtempSync(join(tmpdir(), "tipwire-launcher-")), "tipwire-overlay.html");
    await (await download).saveAs(file);
    await own.stop();

    const asked: string[] = [];
    const away = Bun.serve({
      port: own.port,
      hostname: "localhost",
      fetch({ url }) {
        asked.push(new URL(url).pathname);
        return new Response("<h1>502 Bad Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } });
      },
    });
    const local = pathToFileURL(file).href;
    await page.goto(local);
    while (asked.length < 2) await Bun.sleep(20);
    expect(new Set(asked)).toEqual(new Set(["/assets/icon.svg"]));
    expect(page.url()).toBe(local);
    await away.stop(true);
    const again = await startProgram({ port: own.port });
    await page.waitForURL(`${own.url}/overlay/#display_key`);
    await page.close();
    await again.stop();
  });
});

/** What a page of nothing looks like. */
async function emptyPicture(context: BrowserContext): Promise<Buffer> {
  const page = await context.newPage();
  const picture = await page.screenshot({ omitBackground: true });
  await page.close();
  return picture;
}
