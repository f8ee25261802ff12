/** Builds the pages into `dist`: each HTML as it is, its script and style sheet as one small file beside it, and the typefaces. */
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildFonts, fontNotices } from "./fonts/build-fonts.ts";
import { buildSounds } from "./sounds/build-sounds.ts";

const here = import.meta.dir;
const dist = join(here, "dist");
const pages = ["overlays/overlay", "obs/obs", "home/home", "sandbox/sandbox"];
const scripts = ["overlays/overlay.ts", "obs/obs.ts", "home/home.ts", "sandbox/sandbox.ts"];

await mkdir(dist, { recursive: true });
await Bun.build({
  // What pages share stands in each, and by itself for those that the server writes.
  entrypoints: [...scripts, ...pages.map((page) => `${page}.css`), "shared/page.css"].map((path) => join(here, path)),
  outdir: dist,
  naming: "[name].[ext]",
  target: "browser",
  minify: true,
});
for (const page of pages) await cp(join(here, `${page}.html`), join(dist, `${page.split("/")[1]}.html`));
await cp(join(here, "obs/launcher.html"), join(dist, "launcher.html"));
await cp(join(here, "shared/icon.svg"), join(dist, "icon.svg"));
await writeFile(join(dist, "fonts.css"), await buildFonts(dist));
await writeFile(join(dist, "fonts.txt"), await fontNotices());
await buildSounds(dist);
