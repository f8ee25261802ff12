/** Debian's Chromium for the tests that look at pages: found, or installed where that is allowed. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installPackage } from "./debian.mjs";
import { fail, root } from "./setup.mjs";

/** `{path}`, or `{advice}` where it is missing and this user may not install it. */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return { path: found };
  if (!installPackage("chromium", "what looks at pages")) {
    return { advice: "install Chromium (Debian: apt-get install chromium) or set TIPWIRE_CHROMIUM to its program." };
  }
  return { path: findChromium() ?? fail("apt-get installed Chromium, but it is not where it was expected.") };
}

function findChromium() {
  if (process.env.TIPWIRE_CHROMIUM) return process.env.TIPWIRE_CHROMIUM;
  const known = JSON.parse(readFileSync(join(root, "scripts", "chromium-paths.json"), "utf8"));
  return known.find((path) => existsSync(path));
}
