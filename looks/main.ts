/**
 * `npm run looks`: every look in every tier, on every canvas, with every hard text, over two backdrops, in Chromium. Says
 * what is clipped, overflows, overlaps or is hard to read, and puts a contact sheet of each look into `docs/images`, and the
 * README's picture. `npm run looks -- wire velvet` takes only these; `--sheets` leaves the contrasts out, which take most
 * of the time.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Look, looks } from "@tipwire/client";
import { launchChromium } from "../packages/server/test/chromium.ts";
import { openGallery, type Seen } from "./gallery.ts";
import { wholeMatrix } from "./matrix.ts";
import { readmePicture } from "./readme-picture.ts";
import { contactSheet } from "./sheet.ts";

const images = join(import.meta.dir, "../docs/images");
const named = process.argv.slice(2).filter((word) => word !== "--sheets");
const contrasts = !process.argv.includes("--sheets");
const wanted = looks.filter((look) => named.length === 0 || named.includes(look));
const browser = await launchChromium();
let faulty = 0;
for (const look of wanted) faulty += await photograph(look);
if (named.length === 0) writeFileSync(join(images, "overlay.png"), await readmePicture(browser));
await browser.close();
console.log(faulty === 0 ? "No faults." : `${faulty} alerts have faults.`);
process.exit(faulty === 0 ? 0 : 1);

/** Gives how many alerts of the look have faults. */
async function photograph(look: Look): Promise<number> {
  const gallery = await openGallery(browser, { photographs: true, contrasts });
  const seen: Seen[] = [];
  for (const cell of wholeMatrix([look])) seen.push(await gallery.see(cell));
  await gallery.close();
  writeFileSync(join(images, `look-${look}.webp`), await contactSheet(browser, seen));
  const faulty = seen.filter(({ faults }) => faults.length > 0);
  for (const { cell, faults } of faulty) {
    console.log(`${look}, ${cell.tier}, ${cell.canvas.name}, ${cell.text.name}: ${faults.join("; ")}`);
  }
  console.log(`${look}: ${seen.length} alerts over two backdrops, ${faulty.length} with faults`);
  return faulty.length;
}
