/** The picture of the README: an alert over something like a game. */
import type { Browser } from "playwright-core";
import { obsAgent } from "../packages/server/test/screen-page.ts";
import { openStand } from "./stand.ts";

const sky = "linear-gradient(#16263f, #43658f 46%, #d98f5c 63%, #f2c078 66%)";
const hills = [
  "radial-gradient(60% 34% at 22% 100%, #13231f 98%, transparent)",
  "radial-gradient(70% 26% at 80% 100%, #1d342b 98%, transparent)",
];
const clip = { x: 160, y: 0, width: 960, height: 540 };

/** A PNG. */
export async function readmePicture(browser: Browser): Promise<Buffer> {
  const stand = openStand();
  const page = await browser.newPage({ userAgent: obsAgent, viewport: { width: 1280, height: 720 } });
  await page.goto(stand.address);
  await stand.connected;
  await page.evaluate((css) => document.documentElement.style.setProperty("background", css), [...hills, sky].join());
  stand.look({ language: "en" });
  const amount = { value: "50.000", minor: 50_000, exponent: 3, currency: "TND" };
  await stand.show({ tier: "medium", name: "ahmed_ben", amount, message: "Great stream! Keep it up!" });
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) animation.finish();
  });
  const picture = await page.screenshot({ clip });
  await page.close();
  await stand.stop();
  return picture;
}
