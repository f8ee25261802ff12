import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Look, looks } from "@tipwire/client";
import type { Browser } from "playwright-core";
import { film, rate } from "../../../looks/film.ts";
import { type Frame, flickerOf } from "../../../looks/flashes.ts";
import { openStand } from "../../../looks/stand.ts";
import { type Moved, traceAlert } from "../../../looks/trace.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { obsAgent } from "./screen-page.ts";

let browser: Browser;
/** The picture against which each look is seen most strongly. */
const unlike: Readonly<Record<Look, string>> = {
  wire: "#ffffff",
  headline: "#05070a",
  sticker: "#05070a",
  arcade: "#ffffff",
  velvet: "#ffffff",
};

/** Milliseconds of the processor: OBS draws sixty frames a second. */
const longest = 16;
const isSmooth = ({ layouts, paints, longestTask }: Moved) => layouts === 0 && paints === 0 && longestTask < longest;

beforeAll(async () => {
  if (chromiumPath !== undefined) browser = await launchChromium();
});

afterAll(() => browser?.close());

describe.skipIf(chromiumPath === undefined)("while an alert moves", () => {
  for (const look of looks) {
    test(`${look}: comes, turns its pages and leaves without layout, paint on the main thread, or a long task`, async () => {
      const { layouts, paints, turns, longestTask } = await traceAlert(browser, look, "huge", isSmooth);
      console.log(
        `${look}: ${layouts} layouts, ${paints} paints, ${turns} turns, longest task ${longestTask.toFixed(1)} ms`,
      );
      expect({ layouts, paints }).toEqual({ layouts: 0, paints: 0 });
      expect(turns).toBeGreaterThan(0);
      expect(longestTask).toBeLessThan(longest);
    });

    test(`${look}: nothing flashes`, async () => {
      const flicker = flickerOf(await film(browser, { look, tier: "huge", backdrop: unlike[look] }), rate);
      console.log(`${look}: ${JSON.stringify(flicker)}`);
      expect(flicker.largestChange).toBeLessThanOrEqual(0.25);
      // The area in which WCAG takes any flashing for harmless: a quarter of ten degrees of a viewer's sight.
      expect(flicker.restless).toBeLessThanOrEqual(0.028);
    });
  }
});

test.skipIf(chromiumPath === undefined)("nothing is seen of an alert that is laid out, before it enters", async () => {
  const stand = openStand();
  const page = await browser.newPage({ userAgent: obsAgent });
  await page.addInitScript(noteOpacities);
  await page.goto(stand.address);
  await stand.connected;
  for (const look of looks) {
    stand.look({ look });
    await stand.show({});
  }
  expect(await page.evaluate("window.tipwireOpacities")).toEqual(looks.map(() => "0"));
  await page.close();
  await stand.stop();
});

/** Runs in the page before its own script: how opaque each alert is when it is put on the stage. */
function noteOpacities(): void {
  const opacities: string[] = [];
  Object.assign(window, { tipwireOpacities: opacities });
  new MutationObserver((changes) => {
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (node instanceof Element && node.matches(".alert")) opacities.push(getComputedStyle(node).opacity);
    }
  }).observe(document, { childList: true, subtree: true });
}

describe("the flash test", () => {
  const still = (value: number): Frame => new Array<number>(100).fill(value);
  const half = (value: number): Frame => [...new Array<number>(50).fill(value), ...new Array<number>(50).fill(0)];

  test("sees a canvas that turns white", () => {
    expect(flickerOf([still(0), still(0), still(1)], 30)).toEqual({ largestChange: 1, restless: 0 });
  });

  test("sees half a canvas that blinks ten times a second, and a slow swell as one change", () => {
    const blinking = Array.from({ length: 30 }, (_, i) => half(i % 3 === 0 ? 0.5 : 0));
    expect(flickerOf(blinking, 30)).toEqual({ largestChange: 0.5, restless: 0.5 });
    const swelling = Array.from({ length: 30 }, (_, i) => half(i / 60));
    expect(flickerOf(swelling, 30).restless).toBe(0);
  });

  test("sees nothing in a picture that stands still", () => {
    expect(flickerOf([still(0.4), still(0.42), still(0.4)], 30)).toEqual({ largestChange: 0, restless: 0 });
  });
});
