/** Shows cell after cell on a real overlay page, checks what is seen, and photographs it. */
import type { LookSettings } from "@tipwire/client";
import type { Browser, CDPSession, Page } from "playwright-core";
import { obsAgent } from "../packages/server/test/screen-page.ts";
import { moneyText } from "../packages/web/shared/money.ts";
import { contrasts, letterings } from "./contrast.ts";
import { findFaults } from "./find-faults.ts";
import type { Canvas, Cell } from "./matrix.ts";
import { allInMotion, openStand, type Stand } from "./stand.ts";

export interface Seen {
  readonly cell: Cell;
  /** A sentence each. */
  readonly faults: readonly string[];
  /** Over each backdrop, the alert and what is around it, as a data URL of a JPEG; without `photographs` none. */
  readonly photographs: readonly string[];
}

export interface Gallery {
  /** `settings` besides those of the cell. */
  see(cell: Cell, settings?: Partial<LookSettings>): Promise<Seen>;
  close(): Promise<void>;
}

type Clip = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A bright game and a dark one, both restless. */
const backdrops = [
  "radial-gradient(circle at 30% 20%, #fffbe8 0 9%, transparent 10%), radial-gradient(circle at 70% 34%, #cfe3a0 0 12%, transparent 13%), repeating-linear-gradient(38deg, #e9f3ff 0 10px, #c5dcf2 10px 20px, #f7f3df 20px 28px)",
  "radial-gradient(circle at 64% 18%, #ff7a1f 0 4%, #4a1606 6%, transparent 14%), radial-gradient(circle at 30% 40%, #1d3a2a 0 12%, transparent 13%), repeating-linear-gradient(-52deg, #0c0f16 0 12px, #171d29 12px 22px, #0a0b0f 22px 30px)",
];
const lowestContrast = 4.5;
const language = "ru";
/** Without the colour of the letters one sees what they lie on. */
const bareLetters = ".bare .alert :is(.name, .amount, .detail, .page) { color: transparent !important; }";

export interface GalleryOptions {
  /** Takes photographs; without it the alerts are only checked. */
  readonly photographs?: boolean;
  /** Measures contrasts, which takes most of the time. */
  readonly contrasts?: boolean;
}

export async function openGallery(
  browser: Browser,
  { photographs = false, contrasts: measured = true }: GalleryOptions = {},
): Promise<Gallery> {
  const stand = openStand();
  const context = await browser.newContext({ userAgent: obsAgent, locale: "ru-RU" });
  // The page that was opened last is the one in front: another draws a frame a second.
  const [judge, page] = [await context.newPage(), await context.newPage()];
  const camera = await context.newCDPSession(page);
  await page.goto(stand.address);
  await page.addStyleTag({ content: bareLetters });
  await stand.connected;
  let present: Canvas | undefined;

  return {
    async see(cell, settings = {}) {
      const { width, height } = cell.canvas;
      if (present !== cell.canvas) await page.setViewportSize({ width, height });
      present = cell.canvas;
      await enter(page, stand, cell, settings);
      const amount = moneyText(cell.text.alert.amount as NonNullable<Cell["text"]["alert"]["amount"]>, language);
      const smallestType = Math.min(24, (24 * width) / 840);
      const faults = [...(await page.evaluate(findFaults, { amount, message: cell.text.alert.message, smallestType }))];
      if (measured) faults.push(...(await lowContrasts(page, camera, judge)));
      const pictures: string[] = [];
      for (const backdrop of photographs ? backdrops : []) {
        await prepare(page, backdrop, false);
        pictures.push(await take(camera, around(cell.canvas), "jpeg"));
      }
      stand.say({ type: "hide", showing: null, how: "clear" });
      return { cell, faults: [...new Set(faults)], photographs: pictures };
    },
    async close() {
      await context.close();
      await stand.stop();
    },
  };
}

/** Lets the alert arrive and turns to its page; coins and confetti stand still in the air. */
async function enter(
  page: Page,
  stand: Stand,
  { look, tier, text }: Cell,
  settings: Partial<LookSettings>,
): Promise<void> {
  stand.look({ look, language, ...settings });
  const report = await stand.show({ ...text.alert, tier });
  if (report.type !== "started") throw new Error(`The alert did not start: ${JSON.stringify(report)}`);
  await allInMotion(page);
  await page.evaluate((last) => {
    if (last) {
      for (const list of [".page", ".dots i"]) {
        const elements = [...document.querySelectorAll(`.alert ${list}`)];
        for (const [i, element] of elements.entries()) element.classList.toggle("now", i === elements.length - 1);
      }
    }
    for (const animation of document.getAnimations()) {
      const element = (animation.effect as KeyframeEffect).target;
      if (element?.parentElement?.className !== "particles") animation.finish();
      else {
        animation.pause();
        animation.currentTime = 900;
      }
    }
  }, text.page === "last");
}

async function lowContrasts(page: Page, camera: CDPSession, judge: Page): Promise<readonly string[]> {
  await prepare(page, "none", false);
  const texts = await page.evaluate(letterings);
  const clip = await page.evaluate(() => {
    const box = (document.querySelector(".alert .words") as HTMLElement).getBoundingClientRect();
    const [x, y] = [Math.max(0, Math.floor(box.x) - 40), Math.max(0, Math.floor(box.y) - 60)];
    return {
      x,
      y,
      width: Math.min(innerWidth - x, box.width + 80),
      height: Math.min(innerHeight - y, box.height + 90),
    };
  });
  const judgements: Promise<Awaited<ReturnType<typeof contrasts>>>[] = [];
  for (const backdrop of backdrops) {
    await prepare(page, backdrop, false);
    const full = await take(camera, clip, "png");
    await prepare(page, backdrop, true);
    const bare = await take(camera, clip, "png");
    const { x, y } = clip;
    judgements.push(
      judge.evaluate(`(${contrasts})(${JSON.stringify(texts)}, ${JSON.stringify({ x, y, full, bare })})`),
    );
  }
  return (await Promise.all(judgements))
    .flat()
    .filter(({ ratio }) => ratio < lowestContrast)
    .map(({ what, ratio }) => `${what} has a contrast of ${ratio.toFixed(1)}`);
}

function prepare(page: Page, backdrop: string, bare: boolean): Promise<void> {
  return page.evaluate(
    ({ backdrop, bare }) => {
      document.documentElement.style.background = backdrop;
      document.documentElement.classList.toggle("bare", bare);
    },
    { backdrop, bare },
  );
}

/** A data URL. A PNG is exact, and packed loosely: that takes a tenth of the time. */
async function take(camera: CDPSession, clip: Clip, format: "png" | "jpeg"): Promise<string> {
  const viewport = { ...clip, scale: 1 };
  const picture = { format, quality: 88, clip: viewport, captureBeyondViewport: false, optimizeForSpeed: true };
  const { data } = await camera.send("Page.captureScreenshot", picture);
  return `data:image/${format};base64,${data}`;
}

/** The part of the canvas in which an alert at the top can be. */
function around({ name, width }: Canvas): Clip {
  if (name === "16:9") return { x: 460, y: 0, width: 1000, height: 580 };
  return { x: 0, y: 0, width, height: name === "9:16" ? 740 : 600 };
}
