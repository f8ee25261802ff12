import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { type Gallery, openGallery } from "../../../looks/gallery.ts";
import { type Cell, canvases, sample, texts } from "../../../looks/matrix.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";

/** Sixty alerts of the whole matrix, which `npm run looks` goes through. */
let browser: Browser;
let gallery: Gallery;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  browser = await launchChromium();
  gallery = await openGallery(browser);
});

afterAll(async () => {
  await gallery?.close();
  await browser?.close();
});

describe.skipIf(chromiumPath === undefined)("the looks", () => {
  test("sixty alerts over two backdrops: nothing is clipped, overflows, overlaps or is hard to read", async () => {
    const cells = sample();
    expect(cells).toHaveLength(60);
    const faulty: string[] = [];
    for (const cell of cells) {
      const { faults } = await gallery.see(cell);
      if (faults.length > 0) faulty.push(`${nameOf(cell)}: ${faults.join("; ")}`);
    }
    expect(faulty).toEqual([]);
  }, 300_000);

  const spoiled: readonly (readonly [string, RegExp])[] = [
    [".alert .message { height: 20px; overflow: hidden }", /clipped|higher than its place/],
    [".alert .name { margin-bottom: -60px }", /name and (amount|page) overlap/],
    [".alert .name { color: #30343c !important }", /name has a contrast of/],
    [".alert .plate { margin-left: -300px }", /leaves the canvas/],
    [".alert .page { font-size: 12px }", /12 px small/],
    [".alert .amount { width: 20px; white-space: nowrap !important }", /amount overflows/],
  ];
  for (const [css, fault] of spoiled) {
    test(`what ${css} spoils is found`, async () => {
      const cell = { look: "wire", tier: "small", canvas: canvases[2], text: texts[1] } as Cell;
      const { faults } = await gallery.see(cell, { css });
      expect(faults.join("; ")).toMatch(fault);
    });
  }
});

function nameOf({ look, tier, canvas, text }: Cell): string {
  return `${look}, ${tier}, ${canvas.name}, ${text.name}`;
}
