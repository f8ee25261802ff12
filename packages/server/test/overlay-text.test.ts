import { describe, expect, test } from "bun:test";
import { looks } from "@tipwire/client";
import type { Page } from "playwright-core";
import { openStand } from "../../../looks/stand.ts";
import { cleanText } from "../../web/overlays/alert/clean-text.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { hostileTexts } from "./hostile-texts.ts";

test("there are five hundred, all different", () => {
  expect(new Set(hostileTexts).size).toBe(500);
  expect(hostileTexts).toHaveLength(500);
});

describe.skipIf(chromiumPath === undefined)("500 hostile names and messages are text", () => {
  for (const look of looks) {
    test(`in the look ${look}`, async () => {
      const browser = await launchChromium();
      const stand = openStand();
      const page = await browser.newPage();
      const strays = watch(page, new URL(stand.address).origin);
      await page.goto(stand.address);
      await stand.connected;
      stand.look({ look, longestMessage: 500 });
      for (let i = 0; i < hostileTexts.length; i += 2) {
        const [name = "", message = ""] = [hostileTexts[i], hostileTexts[i + 1]];
        expect(await stand.show({ name, message })).toMatchObject({ type: "started" });
        const seen = await page.evaluate(lookAtAlert);
        expect(seen.foreign).toEqual([]);
        expect(seen.message).toBe(cleanText(message));
        expect(seen.name.replace("…", "")).toBe(cleanText(name).slice(0, seen.name.replace("…", "").length));
      }
      expect(await page.evaluate("window.tipwireBroken")).toBeUndefined();
      expect(strays).toEqual([]);
      await browser.close();
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
function lookAtAlert() {
  const alert = document.querySelector(".alert") as HTMLElement;
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
