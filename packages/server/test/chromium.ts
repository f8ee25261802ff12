/** Debian's Chromium, driven by Playwright. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import known from "../../../scripts/chromium-paths.json";

/** Undefined where there is none: tests that need it then skip, and `scripts/allowed-skips.json` says so. */
export const chromiumPath = process.env["TIPWIRE_CHROMIUM"] || known.find((path) => existsSync(path));

/** The flags keep it from looking for anything but our pages. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error("There is no Chromium on this machine.");
  return chromium.launch({ executablePath: chromiumPath, args });
}
