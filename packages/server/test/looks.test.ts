import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { looks } from "@tipwire/client";
import type { Browser } from "playwright-core";
import { type Gallery, openGallery } from "../../../looks/gallery.ts";
import { type Cell, canvases, extremes, sample, texts } from "../../../looks/matrix.ts";
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
    expect(await faultyOf(gallery, cells)).toEqual([]);
  }, 300_000);

  test("letters, words and emoji that nobody writes but to see what breaks", async () => {
    const unlit = await openGallery(browser, { contrasts: false });
    const cells = canvases.flatMap((canvas) =>
      looks.flatMap((look) => extremes.map((text): Cell => ({ look, tier: "medium", canvas, text }))),
    );
    expect(await faultyOf(unlit, cells)).toEqual([]);
    await unlit.close();
  });

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

async function faultyOf(gallery: Gallery, cells: readonly Cell[]): Promise<readonly string[]> {
  const faulty: string[] = [];
  for (const cell of cells) {
    const { faults } = await gallery.see(cell);
    if (faults.length > 0) faulty.push(`${nameOf(cell)}: ${faults.join("; ")}`);
  }
  return faulty;
}

function nameOf({ look, tier, canvas, text }: Cell): string {
  return `${look}, ${tier}, ${canvas.name}, ${text.name}`;
}
