import { readdirSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../packages/server/test/chromium.ts";
import { obsAgent } from "../../packages/server/test/screen-page.ts";
import { pause } from "../pause.ts";

/** Is told the donor's name, and by which of the links' pages. */
export type Seen = (name: string, page: number) => void;

/** A browser whose pages tell of every alert that they put on screen, and that can be killed with everything in it. */
export class ObservedBrowser {
  readonly #links: readonly string[];
  readonly #seen: Seen;
  #browser: Browser;
  #pid: number;

  private constructor(links: readonly string[], seen: Seen, browser: Browser, pid: number) {
    this.#links = links;
    this.#seen = seen;
    this.#browser = browser;
    this.#pid = pid;
  }

  /** Opens each link as a page of its own. */
  static async open(links: readonly string[], seen: Seen): Promise<ObservedBrowser> {
    const { browser, pid } = await launched();
    const made = new ObservedBrowser(links, seen, browser, pid);
    await made.#openPages();
    return made;
  }

  /** `kill -9` of the browser and all of its processes; then another one opens the same links. */
  async restart(): Promise<void> {
    this.#kill();
    const { browser, pid } = await launched();
    this.#browser = browser;
    this.#pid = pid;
    await this.#openPages();
  }

  async close(): Promise<void> {
    await this.#browser.close().catch(() => undefined);
    this.#kill();
  }

  async #openPages(): Promise<void> {
    for (const [number, link] of this.#links.entries()) {
      const context = await this.#browser.newContext({ userAgent: obsAgent, viewport: { width: 1280, height: 720 } });
      await context.exposeBinding("alertSeen", (_, name: string) => this.#seen(name, number));
      await context.addInitScript(watchForAlerts);
      const page = await context.newPage();
      // A browser source does not come back by itself where its first load failed; the launcher does this in OBS.
      while (
        !(await page.goto(link).then(
          () => true,
          () => false,
        ))
      )
        await pause(200);
    }
  }

  #kill(): void {
    try {
      process.kill(-this.#pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  }
}

async function launched(): Promise<{ readonly browser: Browser; readonly pid: number }> {
  const before = new Set(browserProcesses());
  const browser = await launchChromium();
  const pid = browserProcesses().find((each) => !before.has(each));
  if (pid === undefined) throw new Error("The browser's process was not found.");
  return { browser, pid };
}

/** Children of this process that lead a browser's process group. */
function browserProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
        return Number(parent) === process.pid && /chrom/i.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        return false;
      }
    });
}

/** Runs in the page: tells of each alert's element once it is there with its name. */
function watchForAlerts(): void {
  const told = new WeakSet<Element>();
  const look = () => {
    for (const alert of document.querySelectorAll(".alert")) {
      const name = alert.querySelector(".name")?.textContent;
      if (told.has(alert) || !name) continue;
      told.add(alert);
      (globalThis as unknown as { alertSeen(name: string): void }).alertSeen(name);
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
}
