import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { TipwireApi } from "@tipwire/client";
import type { Browser } from "playwright-core";
import { startBlockingProxy } from "./blocking-proxy.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { type OverlayPage, openOverlay } from "./overlay-page.ts";
import { type Program, startProgram } from "./program.ts";

/** The overlay page in a browser, fed through the running program. */
let program: Program;
let browser: Browser;
let api: TipwireApi;

beforeAll(async () => {
  if (chromiumPath === undefined) return;
  [program, browser] = await Promise.all([startProgram(), launchChromium()]);
  api = new TipwireApi(program);
});

afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

const send = (slug: string, name: string, message = "") =>
  api.send(slug, { name, message, amount: "5.00", currency: "EUR" });

const names = (overlay: OverlayPage) => overlay.shown.map(({ name }) => name);

describe.skipIf(chromiumPath === undefined)("the overlay", () => {
  test("payloads of all three platforms, imported twice, appear once on every screen and protocol", async () => {
    const { slug, streamToken } = await api.createChannel({ slug: "platforms" });
    const { key } = await program.tipwireJson<{ key: string }>("key", "create", "bot");
    const overlay = await openOverlay(browser, program.url, streamToken);
    const ws = program.url.replace("http", "ws");
    const native = listen(`${ws}/v1/channels/${slug}/events`, { type: "auth", token: streamToken });
    const tuniform = listen(`${ws}/ws?token=${streamToken}`);
    const pally = listen(`${ws}/?auth=${key}&channel=activity-feed&room=${slug}`);
    await Promise.all([native.frame(1), tuniform.frame(1), pally.open]);

    const files = [
      ["donationalerts", "donationalerts-push.jsonl", 1],
      ["donationalerts", "donationalerts-list.json", 1],
      ["pally", "pally-tips.jsonl", 2],
      ["tuniform", "tuniform-session.jsonl", 2],
    ] as const;
    const importAll = async () => {
      const results = [];
      for (const [format, file] of files) {
        const path = join(import.meta.dir, "fixtures", file);
        results.push(await program.tipwireJson("import", slug, path, "--format", format, "--live"));
      }
      return results;
    };
    expect(await importAll()).toMatchObject(files.map(([, , events]) => ({ stored: events, duplicates: 0 })));
    expect(await importAll()).toMatchObject(files.map(([, , events]) => ({ stored: 0, duplicates: events })));
    await send(slug, "The last one");

    expect((await overlay.appeared(7)).map(({ id: _, ...words }) => words)).toEqual([
      { name: "Anonymous", amount: "$22", detail: "", message: '"Повесть о Конце Света"' },
      { name: "Ivan", amount: "₽500", detail: "", message: "Hello!" },
      { name: "Someone", amount: "$5", detail: "", message: "" },
      { name: "Anonymous", amount: "$1.25", detail: "", message: "gg" },
      { name: "ahmed_ben", amount: "TND\u00a050", detail: "", message: "Great stream! Keep it up!" },
      { name: "ahmed_ben", amount: "TND\u00a015", detail: "Subscription · Gold Tier · 3 in a row", message: "" },
      { name: "The last one", amount: "€5", detail: "", message: "" },
    ]);

    const events = (await native.frame(8)).slice(1);
    expect(events.map(({ name, amount }) => [name, amount.value, amount.currency])).toEqual([
      [null, "22.00", "USD"],
      ["Ivan", "500.00", "RUB"],
      ["Someone", "5.00", "USD"],
      [null, "1.25", "USD"],
      ["ahmed_ben", "50.000", "TND"],
      ["ahmed_ben", "15.000", "TND"],
      ["The last one", "5.00", "EUR"],
    ]);
    expect((await tuniform.frame(8)).slice(1).map(({ type, amount, currency }) => [type, amount, currency])).toEqual([
      ["donation", 22, "USD"],
      ["donation", 500, "RUB"],
      ["donation", 5, "USD"],
      ["donation", 1.25, "USD"],
      ["donation", 50, "TND"],
      ["subscription", 15, "TND"],
      ["donation", 5, "EUR"],
    ]);
    const tips = (await pally.frame(6)).map(({ payload }) => payload.campaignTip);
    expect(tips.map((tip) => [tip.displayName, tip.grossAmountInCents, tip.processingFeeInCents])).toEqual([
      ["", 2200, 0],
      ["Ivan", 50000, 0],
      ["Someone", 500, 0],
      ["", 125, 25],
      ["ahmed_ben", 5000, 0],
      ["The last one", 500, 0],
    ]);
    expect([native, tuniform, pally].map(({ frames }) => frames.length)).toEqual([8, 8, 6]);
    expect(overlay.complaints).toEqual([]);
    for (const socket of [native, tuniform, pally]) socket.close();
    await overlay.close();
  });

  test("starts with what happens from then on; imported history stays silent; a replay is shown again", async () => {
    const { slug, streamToken } = await api.createChannel({ slug: "history" });
    await send(slug, "before it was opened");
    const overlay = await openOverlay(browser, program.url, streamToken);
    const fixture = join(import.meta.dir, "fixtures", "pally-tips.jsonl");
    await program.tipwireJson("import", slug, fixture, "--format", "pally");
    const { id } = await send(slug, "Ada");
    await api.replay(slug, id);
    await send(slug, "Bo");
    await overlay.appeared(3);
    expect(names(overlay)).toEqual(["Ada", "Ada", "Bo"]);
    await overlay.close();
  });

  test("what viewers write is text", async () => {
    const { slug, streamToken } = await api.createChannel({ slug: "text" });
    const overlay = await openOverlay(browser, program.url, streamToken);
    const name = '<img src="x" onerror="document.title=1">';
    const message = "<script>document.title = 1</script> &amp; <b>bold</b>\n\u202Eturned";
    await send(slug, name, message);
    const shown = { name, message: message.replace("\u202E", "") };
    expect((await overlay.appeared(1))[0]).toMatchObject(shown);
    expect(await overlay.page.locator("#stage").locator("img, script, b").count()).toBe(0);
    expect(await overlay.page.title()).toBe("Tipwire overlay");
    expect(overlay.complaints).toEqual([]);
    await overlay.close();
  });

  test("goes on after a kill and a restart of the server, with what came meanwhile", async () => {
    const first = await startProgram();
    const token = first.output().match(/#([0-9a-f]{64})/)?.[1] ?? "";
    const overlay = await openOverlay(browser, first.url, token);
    const donate = (to: Program, name: string) =>
      new TipwireApi(to).send("main", { name, amount: "1", currency: "EUR" });
    await donate(first, "before");
    await overlay.appeared(1);
    await first.kill();
    const second = await startProgram({ port: first.port, dataDir: first.dataDir });
    for (const name of ["meanwhile", "after"]) await donate(second, name);
    await overlay.appeared(3);
    expect(names(overlay)).toEqual(["before", "meanwhile", "after"]);
    await overlay.close();
    await second.stop();
  });

  test("a reload shows the alert again that it cut short, and none of those before", async () => {
    const { slug, streamToken } = await api.createChannel({ slug: "reload" });
    const overlay = await openOverlay(browser, program.url, streamToken, { seconds: 8 });
    for (const name of ["one", "two", "three"]) await send(slug, name);
    await overlay.appeared(2);
    await overlay.page.reload();
    await send(slug, "four");
    await overlay.appeared(5);
    expect(names(overlay)).toEqual(["one", "two", "two", "three", "four"]);
    await overlay.close();
  });

  test("a page that was away for long starts anew", async () => {
    const { slug, streamToken } = await api.createChannel({ slug: "away" });
    const overlay = await openOverlay(browser, program.url, streamToken);
    await overlay.page.evaluate(() => {
      const name = Object.keys(localStorage)[0] ?? "";
      const bookmark = JSON.parse(localStorage.getItem(name) ?? "{}");
      localStorage.setItem(name, JSON.stringify({ ...bookmark, at: bookmark.at - 11 * 60_000 }));
    });
    const url = overlay.page.url();
    await overlay.page.goto("about:blank");
    await send(slug, "while it was away");
    await overlay.page.goto(url);
    await overlay.page.getByText("Waiting for the first donation").waitFor();
    await send(slug, "back again");
    await overlay.appeared(1);
    expect(names(overlay)).toEqual(["back again"]);
    await overlay.close();
  });

  for (const streams of [true, false]) {
    const way = streams ? "an event stream where WebSockets" : "polling where WebSockets and streams";
    test(`takes ${way} are blocked`, async () => {
      const { slug, streamToken } = await api.createChannel({ slug: streams ? "streams" : "polls" });
      const proxy = startBlockingProxy(program.url, { streams });
      const overlay = await openOverlay(browser, proxy.url, streamToken);
      for (const name of ["one", "two", "three"]) await send(slug, name);
      await overlay.appeared(3);
      expect(names(overlay)).toEqual(["one", "two", "three"]);
      expect(proxy.seen.upgrades).toBeGreaterThanOrEqual(3);
      if (streams) expect(proxy.seen).toMatchObject({ streams: 1, polls: 0 });
      else expect(proxy.seen.polls).toBeGreaterThanOrEqual(3);
      await overlay.close();
      await proxy.stop();
    });
  }

  test("in OBS every fault is invisible; in a browser it is explained", async () => {
    const nothing = await openOverlay(browser, program.url, "", { alone: true });
    await nothing.page.getByText("This overlay link is not complete").waitFor();
    const obs = { userAgent: "Mozilla/5.0 Chrome/127.0.0.0 Safari/537.36 OBS/31.0.0", alone: true };
    for (const token of ["", "0".repeat(64)]) {
      const inObs = await openOverlay(browser, program.url, token, obs);
      await inObs.page.waitForLoadState("networkidle");
      const picture = await inObs.page.screenshot({ omitBackground: true });
      await inObs.page.evaluate(() => document.documentElement.replaceChildren());
      expect(picture.equals(await inObs.page.screenshot({ omitBackground: true }))).toBe(true);
      await inObs.close();
    }
    const refused = await openOverlay(browser, program.url, "0".repeat(64), { alone: true });
    await refused.page.getByText("This overlay link does not work").waitFor();
    await Promise.all([nothing.close(), refused.close()]);
  });

  test("the page at / says that Tipwire is running, and echoes nothing", async () => {
    const page = await browser.newPage();
    await page.goto(`${program.url}/?status=%3Cb%3Esuccess`);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Tipwire is running");
    expect(await page.content()).not.toContain("success");
    await page.close();
  });
});

/** A bare WebSocket client. */
function listen(url: string, first?: object) {
  // biome-ignore lint/suspicious/noExplicitAny: frames of three protocols, which the assertions check
  const frames: any[] = [];
  const waiting = new Set<() => void>();
  const socket = new WebSocket(url);
  const open = new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  open.then(() => first && socket.send(JSON.stringify(first)));
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data));
    if (frame.type === "keepalive") return;
    frames.push(frame);
    for (const look of waiting) look();
  });
  const frame = (count: number) =>
    new Promise<typeof frames>((resolve) => {
      const look = () => frames.length >= count && waiting.delete(look) && resolve(frames);
      waiting.add(look);
      look();
    });
  return { frames, open, frame, close: () => socket.close() };
}
