/** A screen of a stage in a browser that takes itself for OBS's. */
import { TipwireApi } from "@tipwire/client";
import type { Browser, Page } from "playwright-core";
import type { Program } from "./program.ts";
import { quickClock } from "./quick-clock.ts";

/** What OBS 32 says it is. */
export const obsAgent =
  "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 Chrome/127.0.6533.120 Safari/537.36 OBS/32.2.0";

export interface ScreenPage {
  readonly slug: string;
  readonly api: TipwireApi;
  readonly link: string;
  readonly page: Page;
  send(name: string, message?: string): Promise<string>;
  /** Settles when an alert of this name is on screen. */
  sees(name: string): Promise<void>;
  steps(event: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Makes the channel and its screen, and opens its link as OBS does. `quick`: for alerts that are seen to their end. `before`
 * runs in the page before its own script.
 */
export async function openScreen(
  browser: Browser,
  { url, key }: Program,
  slug: string,
  { quick = false, before }: { readonly quick?: boolean; readonly before?: () => void } = {},
): Promise<ScreenPage> {
  const api = new TipwireApi({ url, key });
  await api.createChannel({ slug });
  const { url: link } = await api.createOverlay(slug);
  const context = await browser.newContext({ userAgent: obsAgent, viewport: { width: 1280, height: 720 } });
  if (quick) await context.addInitScript(quickClock);
  if (before !== undefined) await context.addInitScript(before);
  const page = await context.newPage();
  await page.goto(link ?? "");
  await live(api, slug);
  return {
    slug,
    api,
    link: link ?? "",
    page,
    async send(name, message = "") {
      return (await api.send(slug, { name, message, amount: "5.00", currency: "EUR" })).id;
    },
    async sees(name) {
      await page.locator(".alert .name", { hasText: name }).first().waitFor();
    },
    async steps(event) {
      return (await api.receipts(slug, event)).map(({ step }) => step);
    },
    close: () => context.close(),
  };
}

/** Settles once the screen's page has said hello. */
async function live(api: TipwireApi, slug: string): Promise<void> {
  for (;;) if ((await api.overlays(slug)).every(({ live }) => live)) return;
}
