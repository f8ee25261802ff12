import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { looks, tiers } from "@tipwire/client";
import type { Browser, CDPSession, Page } from "playwright-core";
import { openStand, type Stand } from "../../../looks/stand.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { obsAgent } from "./screen-page.ts";

/** `TIPWIRE_OVERLAY_ALERTS=2000 bun test …/overlay-soak.test.ts` makes the run that `docs/records/overlay-2000.txt` is of. */
const alerts = Number(process.env["TIPWIRE_OVERLAY_ALERTS"] ?? 150);
const warmUp = 50;

let browser: Browser;

beforeAll(async () => {
  if (chromiumPath !== undefined) browser = await launchChromium();
});

afterAll(() => browser?.close());

describe.skipIf(chromiumPath === undefined)("an overlay that stays open", () => {
  test(`keeps nothing of ${alerts} alerts`, async () => {
    const { stand, page, devtools, close } = await openPage();
    // OBS lets a page sound by itself, a browser after a click.
    await page.mouse.click(1, 1);
    let early: Kept | undefined;
    for (let i = 0; i < alerts; i++) {
      if (i === warmUp || (i > 0 && i % 200 === 0)) {
        const kept = await emptied(stand, page, devtools);
        if (i === warmUp) early = kept;
        console.log(`after ${i}: ${described(kept)}`);
      }
      await showNext(stand, i, i % 10 === 0);
    }
    const late = await emptied(stand, page, devtools);
    console.log(`after ${alerts}: ${described(late)}`);
    expect(late.heap - (early?.heap ?? 0)).toBeLessThan(512 * 1024);
    expect(late.nodes).toBeLessThanOrEqual((early?.nodes ?? 0) + 50);
    expect(late.listeners).toBeLessThanOrEqual((early?.listeners ?? 0) + 5);
    await close();
  }, 900_000);

  test("in a tab that may not sound, keeps no sounds for later", async () => {
    const { stand, page, devtools, close } = await openPage();
    await showNext(stand, 0, true);
    const before = await emptied(stand, page, devtools);
    for (let i = 1; i <= 20; i++) await showNext(stand, i, true);
    expect((await emptied(stand, page, devtools)).listeners).toBeLessThanOrEqual(before.listeners + 5);
    await close();
  });
});

async function openPage() {
  const stand = openStand();
  const page = await browser.newPage({ userAgent: obsAgent, viewport: { width: 960, height: 540 } });
  await page.goto(stand.address);
  await stand.connected;
  const devtools = await page.context().newCDPSession(page);
  const close = async () => {
    await page.close();
    await stand.stop();
  };
  return { stand, page, devtools, close };
}

/** All looks, tiers and lengths by turns. Every other one leaves as it would; the rest is cut off by the next. */
async function showNext(stand: Stand, i: number, sound: boolean): Promise<void> {
  const [look = "wire", tier = "small"] = [looks[i % looks.length], tiers[(i >> 3) % tiers.length]];
  stand.look({ look, css: `.alert { --any: ${i} }` });
  const message = `${"Спасибо! ".repeat(i % 40)}${i}`;
  const report = await stand.show({ tier, name: `Donor ${i}`, message }, { sound });
  expect(report.type).toBe("started");
  if (i % 2 === 0) stand.say({ type: "hide", showing: null, how: "skip" });
}

interface Kept {
  /** Bytes. */
  readonly heap: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** What the page keeps when nothing is on screen. */
async function emptied(stand: Stand, page: Page, devtools: CDPSession): Promise<Kept> {
  stand.say({ type: "hide", showing: null, how: "clear" });
  await page.locator(".alert").first().waitFor({ state: "detached" });
  // What a first collection frees may free more in a second one.
  for (let i = 0; i < 3; i++) await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
  return { heap: usedSize, nodes, listeners: jsEventListeners };
}

function described({ heap, nodes, listeners }: Kept): string {
  return `${(heap / 1024).toFixed(0)} KB, ${nodes} nodes, ${listeners} listeners`;
}
