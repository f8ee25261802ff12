import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { TipwireApi } from "@tipwire/client";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startBlockingProxy } from "./blocking-proxy.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { type Program, startProgram } from "./program.ts";
import { obsAgent } from "./screen-page.ts";

/** Screens of a stage in a browser: several at once, and what networks, sleep and OBS do to them. */
let program: Program;
let browser: Browser;
let api: TipwireApi;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  const preload = join(import.meta.dir, "ten-minutes-later.ts");
  [program, browser] = await Promise.all([startProgram({ preload }), launchChromium()]);
  api = new TipwireApi({ url: program.url, key: program.key });
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

/** When alerts came and went on a page, and sounds began: milliseconds since 1970. */
interface Diary {
  readonly came: number[];
  readonly went: number[];
  readonly sounded: number[];
}

/** Runs in the page before its own scripts. */
function keepDiary(): void {
  const diary: Diary = { came: [], went: [], sounded: [] };
  (window as unknown as { diary: Diary }).diary = diary;
  const isAlert = (node: Node) => node instanceof Element && node.matches(".alert");
  new MutationObserver((changes) => {
    for (const { addedNodes, removedNodes } of changes) {
      if ([...addedNodes].some(isAlert)) diary.came.push(Date.now());
      if ([...removedNodes].some(isAlert)) diary.went.push(Date.now());
    }
  }).observe(document, { childList: true, subtree: true });
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    diary.sounded.push(Date.now());
    start.apply(this, when);
  };
}

const diaryOf = (page: Page) => page.evaluate(() => (window as unknown as { diary: Diary }).diary);

async function open(link: string, prepare: (context: BrowserContext) => Promise<unknown> = async () => undefined) {
  const context = await browser.newContext({ userAgent: obsAgent, viewport: { width: 1280, height: 720 } });
  await context.addInitScript(keepDiary);
  await prepare(context);
  const page = await context.newPage();
  await page.goto(link);
  return page;
}

/** A channel whose alerts are short. */
async function screen(slug: string, seconds = 1): Promise<string> {
  await api.createChannel({ slug });
  const { url } = await api.createOverlay(slug);
  const least = { small: seconds, medium: seconds, big: seconds, huge: seconds };
  await api.changeSettings(slug, { time: { least, pause: 0 } });
  await api.publishSettings(slug);
  return url ?? "";
}

async function live(slug: string, screens = 1): Promise<void> {
  for (;;) {
    const overlays = await api.overlays(slug);
    if (overlays.filter((overlay) => overlay.live).length === screens) return;
  }
}

const send = async (slug: string, name: string) => (await api.send(slug, { name, amount: "5.00", currency: "EUR" })).id;

const sees = (page: Page, name: string) => page.locator(".alert .name", { hasText: name }).first().waitFor();

async function becomes(slug: string, event: string, step: string): Promise<readonly string[]> {
  for (;;) {
    const receipts = await api.receipts(slug, event);
    if (receipts.some((receipt) => receipt.step === step)) return receipts.map(({ sentence }) => sentence);
  }
}

const closeAll = (pages: readonly Page[]) => Promise.all(pages.map((page) => page.context().close()));

describe.skipIf(chromiumPath === undefined)("screens", () => {
  test("of two copies one plays; the other takes over within two seconds when it is closed", async () => {
    const link = await screen("copies", 8);
    const pages = [await open(link), await open(link)];
    await live("copies");
    const event = await send("copies", "Ada");
    const shown = pages.map((page, index) => sees(page, "Ada").then(() => index));
    for (const each of shown) each.catch(() => undefined);
    const leader = await Promise.race(shown);
    const other = pages[1 - leader] as Page;
    expect((await diaryOf(other)).came).toEqual([]);
    const closedAt = Date.now();
    await (pages[leader] as Page).context().close();
    await sees(other, "Ada");
    const [cameAt = 0] = (await diaryOf(other)).came;
    expect(cameAt - closedAt).toBeWithin(0, 2000);
    await becomes("copies", event, "again");
    await closeAll([other]);
  });

  test("two screens start within 100 ms, with one sound; panic empties both within 300 ms", async () => {
    const link = await screen("pair", 8);
    const { url: second } = await api.createOverlay("pair", { screen: "Vertical" });
    const pages = [await open(link), await open(second ?? "")];
    await live("pair", 2);
    const apart: number[] = [];
    for (let i = 0; i < 3; i++) {
      await send("pair", `Donor ${i}`);
      await Promise.all(pages.map((page) => sees(page, `Donor ${i}`)));
      const [a = 0, b = 0] = (await Promise.all(pages.map(diaryOf))).map(({ came }) => came.at(-1));
      apart.push(Math.abs(a - b));
      if (i < 2) await api.controlStage("pair", { action: "skip" });
      if (i < 2) await Promise.all(pages.map((page) => page.locator(".alert").waitFor({ state: "detached" })));
    }
    expect(apart.toSorted((a, b) => a - b)[1]).toBeLessThan(100);
    const sounded = (await Promise.all(pages.map(diaryOf))).map((diary) => diary.sounded.length);
    expect(sounded).toEqual([3, 0]);
    const panicAt = Date.now();
    await api.controlStage("pair", { action: "panic" });
    await Promise.all(pages.map((page) => page.locator(".alert").waitFor({ state: "detached" })));
    for (const { went } of await Promise.all(pages.map(diaryOf)))
      expect((went.at(-1) ?? 0) - panicAt).toBeLessThan(300);
    await closeAll(pages);
  });

  test("held until live: OBS says at load that it does not stream, and later that it does", async () => {
    const link = await screen("streams");
    await api.changeSettings("streams", { late: { holdUntilLive: true } });
    await api.publishSettings("streams");
    const page = await open(link, (context) =>
      context.addInitScript(() => {
        const getStatus = (call: (status: object) => void) => setTimeout(() => call({ streaming: false }));
        (window as unknown as { obsstudio: object }).obsstudio = { pluginVersion: "2.24.0", getStatus };
      }),
    );
    const event = await send("streams", "Ada");
    while ((await api.stage("streams")).obstacle?.why !== "not-live");
    expect((await diaryOf(page)).came).toEqual([]);
    await page.evaluate(() => dispatchEvent(new CustomEvent("obsStreamingStarted")));
    await sees(page, "Ada");
    expect(await becomes("streams", event, "started")).toContain("Waiting: OBS did not stream");
    await closeAll([page]);
  });
});

describe.skipIf(chromiumPath === undefined)("a screen comes back by itself", () => {
  test("after ten minutes without a network, and sums the thirty donations up that came meanwhile", async () => {
    const link = await screen("cut");
    const proxy = await FaultProxy.start(program.port);
    const page = await open(link.replace(new URL(link).host, `127.0.0.1:${proxy.port}`), (context) =>
      context.clock.install(),
    );
    await live("cut");
    proxy.target = 1;
    proxy.cut();
    await live("cut", 0);
    const events: string[] = [];
    for (let i = 0; i < 30; i++) events.push(await send("cut", `Donor ${i}`));
    while ((await api.stage("cut")).queued < 30);
    process.kill(program.pid, "SIGUSR2");
    await page.clock.fastForward(600_000);
    expect((await diaryOf(page)).came).toEqual([]);
    proxy.target = program.port;
    await page.locator(".alert", { hasText: "30" }).waitFor();
    for (const event of events) {
      const said = await becomes("cut", event, "summarised");
      expect(said.at(-1)).toBe("Shown in a summary: no screen was visible for a while");
    }
    await api.controlStage("cut", { action: "skip" });
    await send("cut", "The next one");
    await sees(page, "The next one");
    await closeAll([page]);
    proxy.stop();
  });

  test("after sleep, in which none of its timers ran; what it was playing is shown to its end, once", async () => {
    const link = await screen("sleeps", 3);
    const page = await open(link);
    await live("sleeps");
    const event = await send("sleeps", "Ada");
    await sees(page, "Ada");
    const renderers = await rendererProcesses();
    for (const pid of renderers) process.kill(pid, "SIGSTOP");
    try {
      await becomes("sleeps", event, "lost");
    } finally {
      for (const pid of renderers) process.kill(pid, "SIGCONT");
    }
    const said = await becomes("sleeps", event, "shown");
    expect(said).toContain("Cut off on Main: its page stopped answering");
    expect(said.filter((each) => each === "On screen on Main")).toHaveLength(1);
    await send("sleeps", "Bo");
    await sees(page, "Bo");
    expect((await diaryOf(page)).came).toHaveLength(2);
    await closeAll([page]);
  });

  test("after a proxy that said 404 to everything while the server was away", async () => {
    const link = await screen("not-found");
    const proxy = await FaultProxy.start(program.port);
    const asked: string[] = [];
    const away = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch({ method }) {
        asked.push(method);
        return new Response("404 page not found\n", { status: 404 });
      },
    });
    const page = await open(link.replace(new URL(link).host, `127.0.0.1:${proxy.port}`));
    await live("not-found");
    proxy.target = away.port ?? 0;
    proxy.cut();
    while (!asked.includes("POST")) await Bun.sleep(20);
    proxy.target = program.port;
    proxy.cut();
    await live("not-found");
    await send("not-found", "Ada");
    await sees(page, "Ada");
    await closeAll([page]);
    proxy.stop();
    await away.stop(true);
  });

  test("after another server, which did not know its link, had its address", async () => {
    const other = await startProgram();
    const link = await screen("elsewhere");
    const proxy = await FaultProxy.start(program.port);
    const page = await browser.newPage();
    await page.clock.install();
    await page.goto(link.replace(new URL(link).host, `127.0.0.1:${proxy.port}`).replace("#", "?screen#"));
    await live("elsewhere");
    proxy.target = other.port;
    proxy.cut();
    await page.getByText("does not work any more").waitFor();
    proxy.target = program.port;
    proxy.cut();
    await live("elsewhere", 0);
    let looks = 0;
    page.on("websocket", () => looks++);
    await page.clock.runFor(140_000);
    expect(looks).toBe(0);
    await page.clock.runFor(160_000);
    await live("elsewhere");
    await page.close();
    proxy.stop();
    await other.stop();
  });

  test("after its scene was switched more often in a moment than the server takes", async () => {
    const link = await screen("flickers");
    const page = await open(link);
    await live("flickers");
    const back = page.waitForEvent("websocket");
    await page.evaluate(() => {
      for (let i = 0; i < 40; i++) {
        dispatchEvent(new CustomEvent("obsSourceVisibleChanged", { detail: { visible: i % 2 === 1 } }));
      }
    });
    await back;
    await send("flickers", "Ada");
    await sees(page, "Ada");
    await closeAll([page]);
  });

  for (const streams of [true, false]) {
    test(`where WebSockets ${streams ? "" : "and streams "}are blocked, and tells what it showed`, async () => {
      const slug = streams ? "by-stream" : "by-polls";
      const link = await screen(slug);
      const proxy = startBlockingProxy(program.url, { streams });
      const page = await open(link.replace(program.url, proxy.url));
      await live(slug);
      const event = await send(slug, "Ada");
      await sees(page, "Ada");
      await becomes(slug, event, "started");
      expect(proxy.seen.upgrades).toBeGreaterThanOrEqual(3);
      expect(proxy.seen.streams > 0).toBe(streams);
      await closeAll([page]);
      await proxy.stop();
    });
  }
});

async function rendererProcesses(): Promise<readonly number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}
