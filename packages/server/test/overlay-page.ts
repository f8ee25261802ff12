/** The overlay in Chromium, with all that it showed read out of the page. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { quickClock } from "./quick-clock.ts";

export interface ShownAlert {
  readonly id: string;
  readonly name: string;
  readonly amount: string;
  readonly detail: string;
  readonly message: string;
}

export interface OverlayPage {
  readonly page: Page;
  /** In the order in which they appeared, over reloads as well. */
  readonly shown: readonly ShownAlert[];
  /** What the browser complained of: errors, and what the content security policy stopped. */
  readonly complaints: readonly string[];
  /** Settles once `count` alerts have appeared. */
  appeared(count: number): Promise<readonly ShownAlert[]>;
  close(): Promise<void>;
}

export interface OverlayOptions extends BrowserContextOptions {
  /** How long each page of an alert stays, by the page's clock, which goes eight times as fast. */
  readonly seconds?: number;
  /** Do not wait until it is connected. */
  readonly alone?: boolean;
}

const readAlert = (element: HTMLElement): ShownAlert => {
  const text = (part: string) => element.querySelector(`.${part}`)?.textContent ?? "";
  const [name, amount, detail, message] = [text("name"), text("amount"), text("detail"), text("message")];
  return { id: element.dataset["id"] ?? "", name, amount, detail, message };
};

/** Opens the overlay at `url` and waits until it is connected. */
export async function openOverlay(
  browser: Browser,
  url: string,
  token: string,
  { seconds = 1, alone = false, ...options }: OverlayOptions = {},
): Promise<OverlayPage> {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 720 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  await context.addInitScript(quickClock);
  const { shown, appeared } = await watchAlerts(context);
  await page.goto(`${url}/overlay?seconds=${seconds}#${token}`);
  if (!alone) await page.getByText("Waiting for the first donation").waitFor();
  return {
    page,
    shown,
    complaints,
    appeared,
    close: () => context.close(),
  };
}

/** A script that calls, in the page, with every alert when it enters. */
export const onEachAlert = (call: string): string => `{
  const seen = new WeakSet();
  new MutationObserver(() => {
    for (const alert of document.querySelectorAll(".alert:is(.entering, .appearing)"))
      if (!seen.has(alert)) seen.add(alert), (${call})(alert);
  }).observe(document, { attributeFilter: ["class"], subtree: true });
}`;

async function watchAlerts(context: BrowserContext) {
  const shown: ShownAlert[] = [];
  const waiting = new Set<() => void>();
  await context.exposeFunction("tipwireShown", (alert: ShownAlert) => {
    shown.push(alert);
    for (const look of waiting) look();
  });
  await context.addInitScript(onEachAlert(`(alert) => tipwireShown((${readAlert})(alert))`));
  const appeared = (count: number) =>
    new Promise<readonly ShownAlert[]>((resolve) => {
      const look = () => {
        if (shown.length < count) return;
        waiting.delete(look);
        resolve(shown);
      };
      waiting.add(look);
      look();
    });
  return { shown, appeared };
}
