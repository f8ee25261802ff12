/** Copies the typefaces out of their npm packages and writes the style sheet that names them. */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import subsetFont from "subset-font";
import { currencySigns, emoji, type Face, faces } from "./faces.ts";

const { resolve } = createRequire(import.meta.url);

/** Puts every font file into `dist` and gives the `@font-face` rules, by which a browser loads what a text needs. */
export async function buildFonts(dist: string): Promise<string> {
  const rules = await Promise.all(faces.map((face) => copyFace(face, dist)));
  const emojiFile = join(packageFolder(emoji.from), emoji.file);
  await copyFile(emojiFile, join(dist, emoji.file));
  const emojiRule = fontFace(emoji.family, "400", emoji.file, emoji.range);
  return [...rules.flat(), await cutCurrencySigns(dist), emojiRule].join("\n");
}

/** What the licences want to be told to whoever gets the files: as text, to lie beside them. */
export async function fontNotices(): Promise<string> {
  const sources = [...faces.map(({ family, from }) => [family, from] as const), [emoji.drawings, emoji.from] as const];
  const notices = sources.map(async ([title, from]) => {
    const licence = await readFile(join(packageFolder(from), "LICENSE"), "utf8");
    return `${title} (${from})\n\n${licence.trim()}\n`;
  });
  return (await Promise.all(notices)).join(`\n${"=".repeat(80)}\n\n`);
}

async function copyFace(face: Face, dist: string): Promise<readonly string[]> {
  const ranges = JSON.parse(await readFile(join(packageFolder(face.from), "unicode.json"), "utf8"));
  return Promise.all(
    face.subsets.map(async (subset) => {
      const name = `${face.slug}-${subset}.woff2`;
      await copyFile(fileOf(face, subset), join(dist, name));
      return fontFace(face.family, face.weights, name, withoutCutSigns(face, subset, ranges[subset]));
    }),
  );
}

/** Of two parts that hold a sign a browser draws with the later one, but may fetch both. */
function withoutCutSigns({ family }: Face, subset: string, range: string): string {
  if (family !== currencySigns.family || subset !== currencySigns.subset) return range;
  const isCut = (part: string) => {
    const at = Number.parseInt(part.slice(2), 16);
    return at >= currencySigns.first && at <= currencySigns.last;
  };
  return range
    .split(",")
    .filter((part) => !isCut(part))
    .join(",");
}

async function cutCurrencySigns(dist: string): Promise<string> {
  const { family, subset, first, last } = currencySigns;
  const face = faces.find((one) => one.family === family) as Face;
  const signs = String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, i) => first + i));
  const name = `${face.slug}-currency.woff2`;
  await writeFile(
    join(dist, name),
    await subsetFont(await readFile(fileOf(face, subset)), signs, { targetFormat: "woff2" }),
  );
  const range = `U+${first.toString(16)}-${last.toString(16)}`.toUpperCase();
  return fontFace(family, face.weights, name, range);
}

function fontFace(family: string, weights: string, name: string, range: string): string {
  const source = `url("/assets/${name}") format("woff2")`;
  return `@font-face{font-family:"${family}";font-weight:${weights};font-display:swap;src:${source};unicode-range:${range}}`;
}

function fileOf({ from, slug, suffix }: Face, subset: string): string {
  return join(packageFolder(from), "files", `${slug}-${subset}-${suffix}.woff2`);
}

function packageFolder(name: string): string {
  return dirname(resolve(`${name}/package.json`));
}
