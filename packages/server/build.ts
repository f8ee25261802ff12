/**
 * Bundles the server into `dist/tipwire.js`, or another folder that is given, with the web pages beside it: starts faster than the
 * sources, and is what a release holds.
 */
import { cpSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const dist = resolve(process.argv[2] ?? join(import.meta.dir, "dist"));
rmSync(dist, { recursive: true, force: true });
const built = await Bun.build({
  entrypoints: [join(import.meta.dir, "src/main.ts")],
  outdir: dist,
  target: "bun",
  minify: { syntax: true, whitespace: true },
  naming: { entry: "tipwire.js" },
  splitting: true,
});
for (const log of built.logs) console.error(log);
cpSync(join(import.meta.dir, "../web/dist"), join(dist, "web"), { recursive: true });
