/** A contact sheet: every cell of a look small, texts below each other, canvases and tiers beside each other. */

import { tiers } from "@tipwire/client";
import type { Browser } from "playwright-core";
import type { Seen } from "./gallery.ts";
import { canvases, texts } from "./matrix.ts";

const cellWidth = 240;
const gap = 4;
const margin = 150;
const header = 28;

/** A WebP. Neighbours have different backdrops, so that both are seen of every tier and of every text. */
export async function contactSheet(browser: Browser, seen: readonly Seen[]): Promise<Buffer> {
  const columns = canvases.flatMap((canvas) => tiers.map((tier) => ({ canvas, tier })));
  const pictures = columns.map(({ canvas, tier }, column) =>
    texts.map((text, row) => {
      const one = seen.find(({ cell }) => cell.canvas === canvas && cell.tier === tier && cell.text === text);
      return one?.photographs[(row + column) % 2] ?? "";
    }),
  );
  const labels = columns.map(({ canvas, tier }) => `${canvas.name} ${tier}`);
  const page = await browser.newPage();
  const address: string = await page.evaluate(
    async ({ pictures, labels, rows, cellWidth, gap, margin, header }) => {
      const cellHeight = Math.round(cellWidth * 0.75);
      const width = margin + labels.length * (cellWidth + gap);
      const height = header + rows.length * (cellHeight + gap);
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
      context.fillStyle = "#1f2632";
      context.fillRect(0, 0, width, height);
      context.fillStyle = "#edf1f7";
      context.font = "14px sans-serif";
      for (const [row, text] of rows.entries()) {
        context.fillText(text, 8, header + row * (cellHeight + gap) + 20, margin - 12);
      }
      for (const [column, label] of labels.entries()) {
        const x = margin + column * (cellWidth + gap);
        context.fillText(label, x + 4, 19);
        for (const [row, address] of (pictures[column] ?? []).entries()) {
          const image = new Image();
          image.src = address;
          await image.decode();
          const scale = Math.min(cellWidth / image.width, cellHeight / image.height);
          context.drawImage(image, x, header + row * (cellHeight + gap), image.width * scale, image.height * scale);
        }
      }
      const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.82 });
      return new Promise<string>((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(String(reader.result));
        reader.readAsDataURL(blob);
      });
    },
    { pictures, labels, rows: texts.map(({ name }) => name), cellWidth, gap, margin, header },
  );
  await page.close();
  return Buffer.from(address.slice(address.indexOf(",") + 1), "base64");
}
