/** Films the entrance and the leaving of an alert frame by frame: every animation is set to the time of each frame. */
import type { Look, Tier } from "@tipwire/client";
import type { Browser, CDPSession, Page } from "playwright-core";
import { obsAgent } from "../packages/server/test/screen-page.ts";
import { lookTraits } from "../packages/web/overlays/looks/looks.ts";
import type { Frame } from "./flashes.ts";
import { allInMotion, openStand } from "./stand.ts";

export const rate = 30;
/** Parts into which the canvas is divided, across and down. */
const grid = { across: 64, down: 36 };
const canvas = { width: 1920, height: 1080 };

export interface Filmed {
  readonly look: Look;
  readonly tier: Tier;
  /** CSS background of the page. */
  readonly backdrop: string;
}

/** Entrance, a second of rest or of falling coins, and leaving. */
export async function film(browser: Browser, { look, tier, backdrop }: Filmed): Promise<readonly Frame[]> {
  const stand = openStand();
  const context = await browser.newContext({ userAgent: obsAgent, viewport: canvas });
  // The page that was opened last is the one in front: another draws a frame a second.
  const [projector, page] = [await context.newPage(), await context.newPage()];
  await page.goto(stand.address);
  await stand.connected;
  await page.evaluate((css) => document.documentElement.style.setProperty("background", css), backdrop);
  const devtools = await context.newCDPSession(page);
  const pictures = [await picture(devtools)];
  stand.look({ look });
  await stand.show({
    tier,
    name: "Константин",
    message: "Спасибо за стрим! Ты лучший, продолжай в том же духе. ".repeat(4),
  });
  await allInMotion(page);
  const { entrance, exit } = lookTraits[look];
  pictures.push(...(await motion(page, devtools, entrance + 1000)));
  await page.evaluate(() => document.querySelector(".alert")?.classList.replace("entering", "leaving"));
  pictures.push(...(await motion(page, devtools, exit)));
  stand.say({ type: "hide", showing: null, how: "clear" });
  await page.waitForFunction(() => document.querySelector(".alert") === null);
  pictures.push(await picture(devtools));
  const frames = await projector.evaluate(develop, { pictures, ...grid });
  await context.close();
  await stand.stop();
  return frames;
}

async function motion(page: Page, devtools: CDPSession, milliseconds: number): Promise<readonly string[]> {
  const pictures: string[] = [];
  for (let at = 0; at <= milliseconds; at += 1000 / rate) {
    await page.evaluate((time) => {
      for (const animation of document.getAnimations()) {
        animation.pause();
        animation.currentTime = time;
      }
    }, at);
    pictures.push(await picture(devtools));
  }
  return pictures;
}

/** A tenth as wide and high: what matters is the mean brightness of larger parts. */
async function picture(devtools: CDPSession): Promise<string> {
  const clip = { x: 0, y: 0, ...canvas, scale: 0.1 };
  const { data } = await devtools.send("Page.captureScreenshot", { format: "png", clip, optimizeForSpeed: true });
  return `data:image/png;base64,${data}`;
}

/** Runs in any page: the mean relative luminance of every part of every picture. */
async function develop({ pictures, across, down }: { pictures: string[]; across: number; down: number }) {
  const context = new OffscreenCanvas(across, down).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.imageSmoothingQuality = "high";
  const linear = (value: number) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const frames: number[][] = [];
  for (const address of pictures) {
    const image = new Image();
    image.src = address;
    await image.decode();
    context.drawImage(image, 0, 0, across, down);
    const { data } = context.getImageData(0, 0, across, down);
    frames.push(
      Array.from({ length: across * down }, (_, i) => {
        const [red = 0, green = 0, blue = 0] = data.subarray(i * 4, i * 4 + 3);
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
      }),
    );
  }
  return frames;
}
