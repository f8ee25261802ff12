/** What Chromium's main thread did while an alert moved. */
import type { Look, Tier } from "@tipwire/client";
import type { Browser, Page } from "playwright-core";
import { obsAgent } from "../packages/server/test/screen-page.ts";
import { openStand, type Stand } from "./stand.ts";

export interface Moved {
  /** Layouts and paints on the main thread, from the first frame through the entrance and each turn of a page to the last. */
  readonly layouts: number;
  readonly paints: number;
  /** How often its message turned to another page. */
  readonly turns: number;
  /**
   * Milliseconds of the processor, not by the clock, that the longest task of the page took since before the alert came: a
   * task that waited because the machine did something else is no long one.
   */
  readonly longestTask: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

const categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "blink.user_timing"];
/** Milliseconds on screen, in which its message turns twice. */
const onScreen = 3600;
const rounds = 3;

/**
 * Lets alerts of the look come, turn their pages and leave, after one that has warmed the page up, until one round is good
 * enough, at most three times: what the machine does besides only makes a round worse. Gives the last round.
 */
export async function traceAlert(
  browser: Browser,
  look: Look,
  tier: Tier,
  goodEnough: (moved: Moved) => boolean,
): Promise<Moved> {
  const stand = openStand();
  const page = await browser.newPage({ userAgent: obsAgent, viewport: { width: 1920, height: 1080 } });
  await page.addInitScript(markMotion);
  await page.goto(stand.address);
  await stand.connected;
  stand.look({ look });
  await showOne(stand, tier, 1500);
  let moved = await round(browser, page, stand, tier);
  for (let i = 1; i < rounds && !goodEnough(moved); i++) moved = await round(browser, page, stand, tier);
  await page.close();
  await stand.stop();
  return moved;
}

async function round(browser: Browser, page: Page, stand: Stand, tier: Tier): Promise<Moved> {
  await browser.startTracing(page, { categories });
  await showOne(stand, tier, onScreen);
  return judge(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
}

async function showOne(stand: Stand, tier: Tier, most: number): Promise<void> {
  const message = "Спасибо за стрим! Ты лучший, продолжай в том же духе. ".repeat(9);
  await stand.show({ tier, name: "Константин", message }, { least: 0, most });
  await stand.reported("finished");
}

/** Runs in the page: marks when an alert was built, when its first frame was painted, each turn, and its last frame. */
function markMotion(): void {
  const mark = (name: string) => performance.mark(`tipwire-${name}`);
  const exitOf = (alert: Element) =>
    Math.max(
      ...alert.getAnimations({ subtree: true }).map(({ effect }) => Number(effect?.getComputedTiming().endTime)),
    );
  let state = "";
  let page: Element | null = null;
  new MutationObserver(() => {
    const alert = document.querySelector(".alert");
    const before = { state, page };
    state = alert === null ? "" : alert.className;
    page = alert?.querySelector(".page.now") ?? null;
    if (page !== null && before.page !== null && page !== before.page && alert?.contains(before.page)) mark("turn");
    if (alert === null || state === before.state) return;
    if (alert.matches(".entering")) {
      mark("built");
      requestAnimationFrame(() => requestAnimationFrame(() => mark("painted")));
    } else if (alert.matches(".leaving")) {
      // The last frame is still to be drawn when its motion is over.
      setTimeout(mark, exitOf(alert) - 40, "left");
    }
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["class"] });
}

function judge(events: readonly TraceEvent[]): Moved {
  const marks = (name: string) => events.filter((event) => event.name === `tipwire-${name}`);
  const [built, painted, left] = ["built", "painted", "left"].map((name) => marks(name)[0] as TraceEvent);
  if (built === undefined || painted === undefined || left === undefined) throw new Error("The trace has no alert.");
  const own = events.filter(({ pid, tid, ts }) => pid === built.pid && tid === built.tid && ts < left.ts);
  const moving = own.filter(({ ts }) => ts > painted.ts);
  const count = (name: string) => moving.filter((event) => event.name === name && event.ph !== "E").length;
  const tasks = own.filter(({ name }) => /RunTask$/.test(name));
  return {
    layouts: count("Layout"),
    paints: count("Paint"),
    turns: marks("turn").length,
    longestTask: Math.max(0, ...tasks.map(({ tdur, dur }) => (tdur ?? dur ?? 0) / 1000)),
  };
}
