import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Look, looks } from "@tipwire/client";
import type { Browser, Page } from "playwright-core";
import { openStand } from "../../../looks/stand.ts";
import { cleanText } from "../../web/overlays/alert/clean-text.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { onEachAlert } from "./overlay-page.ts";

test("there are five hundred, all different", () => {
  expect(new Set(hostileTexts).size).toBe(500);
  expect(hostileTexts).toHaveLength(500);
});

/** Two in an alert. What is a name in one look is a message in the next. */
const alertsOf = (look: Look) =>
  Array.from({ length: hostileTexts.length / 2 }, (_, i) => {
    const [one = "", other = ""] = hostileTexts.slice(i * 2);
    return looks.indexOf(look) % 2 === 0 ? { name: one, message: other } : { name: other, message: one };
  });

describe.skipIf(chromiumPath === undefined)("500 hostile names and messages are text", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(() => browser?.close());

  for (const look of looks) {
    test(`in the look ${look}`, async () => {
      const stand = openStand();
      const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
      const strays = watch(page, new URL(stand.address).origin);
      await page.addInitScript(onEachAlert(`(alert) => (window.tipwireSeen ??= []).push((${lookAtAlert})(alert))`));
      await page.goto(stand.address);
      await stand.connected;
      stand.look({ look, longestMessage: 500 });
      const sent = alertsOf(look);
      for (const alert of sent) expect(await stand.show(alert)).toMatchObject({ type: "started" });
      const seen: ReturnType<typeof lookAtAlert>[] = await page.evaluate("window.tipwireSeen");
      expect(seen).toHaveLength(sent.length);
      for (const [i, { foreign, name, message }] of seen.entries()) {
        expect(foreign).toEqual([]);
        expect(message).toBe(cleanText(sent[i]?.message ?? ""));
        const shown = name.replace("…", "");
        expect(shown).toBe(cleanText(sent[i]?.name ?? "").slice(0, shown.length));
      }
      expect(await page.evaluate("window.tipwireBroken")).toBeUndefined();
      expect(strays).toEqual([]);
      await page.close();
      await stand.stop();
    }, 120_000);
  }
});

/** Requests to anywhere else, errors, dialogs, and whatever the content security policy had to stop: there is to be none. */
function watch(page: Page, origin: string): readonly string[] {
  const strays: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith(origin.replace("http", "ws")))
      strays.push(request.url());
  });
  page.on("dialog", (dialog) => {
    strays.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => strays.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) strays.push(message.text());
  });
  return strays;
}

/** Runs in the page: what the alert says, and each element or attribute in it which is not of the template. */
function lookAtAlert(alert: Element) {
  const tags = ["article", "div", "svg", "path", "i", "header", "p", "span"];
  const attributes = ["class", "style", "dir", "aria-hidden", "data-id", "viewBox", "preserveAspectRatio", "d"];
  const foreign: string[] = [];
  for (const element of [alert, ...alert.querySelectorAll("*")]) {
    if (!tags.includes(element.localName)) foreign.push(element.localName);
    for (const { name } of element.attributes)
      if (!attributes.includes(name)) foreign.push(`${element.localName} ${name}`);
  }
  if (document.scripts.length !== 1) foreign.push("a script");
  const text = (part: string) => alert.querySelector(part)?.textContent ?? "";
  return { foreign, name: text(".name"), message: text(".message") };
}
