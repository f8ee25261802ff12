import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type OverlayAnswer, type OverlayHello, type OverlayRequest, TipwireApi, TipwireError } from "@tipwire/client";
import { type Program, startProgram } from "./program.ts";
import { type PageOptions, StagePage } from "./stage-page.ts";

/** Stages over the running program, with pages that are no browsers. */
let program: Program;
let api: TipwireApi;
let pages: StagePage[] = [];
let channels = 0;

beforeAll(async () => {
  program = await startProgram();
  api = new TipwireApi({ url: program.url, key: program.key });
});
afterEach(() => {
  for (const page of pages) page.close();
  pages = [];
});
afterAll(() => program.stop());

async function screen(name?: string, slug?: string) {
  const channel = slug ?? (await api.createChannel({ slug: `stage${++channels}` })).slug;
  const overlay = await api.createOverlay(channel, name === undefined ? {} : { screen: name });
  return { slug: channel, overlay, link: overlay.url ?? "" };
}

function open(link: string, options: Partial<PageOptions> = {}): StagePage {
  const page = new StagePage({ url: program.url, link, ...options });
  pages.push(page);
  return page;
}

const send = (slug: string, name: string, facts: { amount?: string; test?: boolean } = {}) =>
  api.send(slug, { name, amount: facts.amount ?? "5.00", currency: "USD", test: facts.test ?? false });

describe("pages", () => {
  test("an event is shown once, and its receipts say how; totals count it, tests and repeats never", async () => {
    const { slug, link } = await screen();
    const page = open(link, { plays: 100 });
    await page.frame("sound");
    const { id } = await send(slug, "Ada");
    const show = await page.frame("show");
    expect(show).toMatchObject({ event: id, sound: true, least: 7000, most: 30_000 });
    expect(show.alert).toMatchObject({ kind: "donation", tier: "medium", name: "Ada", amount: { value: "5.00" } });
    await page.frame("noted", ({ report }) => report === "finished");
    expect((await api.receipts(slug, id)).map(({ step }) => step)).toEqual([
      "queued",
      "leased",
      "started",
      "finished",
      "shown",
    ]);
    await api.controlStage(slug, { action: "again", alert: id, when: "now" });
    await send(slug, "Probe", { test: true });
    await page.frame("show", ({ alert }) => alert.name === "Probe");
    let totals = (await api.channel(slug)).totals;
    while (totals.length === 0) totals = (await api.channel(slug)).totals;
    expect(totals).toMatchObject([{ minor: 500, count: 1 }]);
  });

  test("two copies of a screen: one plays, the other within two seconds of its end", async () => {
    const { slug, link } = await screen();
    const first = open(link);
    await first.frame("sound");
    const second = open(link);
    await second.frame("sound");
    await send(slug, "Ada");
    const { showing } = await first.frame("show");
    first.started(showing);
    await first.frame("noted");
    expect(second.shown).toEqual([]);
    const closedAt = performance.now();
    first.close();
    const taken = await second.frame("show");
    expect(taken.showing).toBe(showing);
    expect(taken.receivedAt - closedAt).toBeLessThan(2000);
  });

  test("two screens begin within 100 ms, one sounds; panic empties both within 300 ms", async () => {
    const { slug, link } = await screen();
    const other = await screen("Vertical", slug);
    const [first, second] = [open(link), open(other.link)];
    await Promise.all([first.frame("sound"), second.frame("sound")]);
    await send(slug, "Ada");
    const shows = await Promise.all([first.frame("show"), second.frame("show")]);
    expect(Math.abs((shows[0]?.receivedAt ?? 0) - (shows[1]?.receivedAt ?? 0))).toBeLessThan(100);
    expect(shows.map(({ sound }) => sound)).toEqual([true, false]);
    const asked = performance.now();
    await api.controlStage(slug, { action: "panic" });
    const hides = await Promise.all([first.frame("hide"), second.frame("hide")]);
    for (const hide of hides) expect([hide.how, hide.receivedAt - asked < 300]).toEqual(["panic", true]);
    expect((await api.audit(slug))[0]).toMatchObject({ by: "admin", action: "panic" });
  });

  test("a page that finished while it was away goes on playing, though nobody else is there", async () => {
    const { slug, link } = await screen();
    const first = open(link);
    await first.frame("sound");
    await send(slug, "Ada");
    const { showing } = await first.frame("show");
    first.close();
    const reports = [{ type: "finished", showing, at: Date.now(), shown: 5000, visible: 5000 }] as const;
    const back = open(link, { copy: first.copy, reports });
    await back.frame("noted");
    await send(slug, "Bo");
    expect((await back.frame("show")).alert.name).toBe("Bo");
  });

  test("a frozen page makes way; it is told so when it wakes", async () => {
    const { slug, link } = await screen();
    const first = open(link);
    await first.frame("sound");
    const second = open(link);
    await second.frame("sound");
    await send(slug, "Ada");
    first.started((await first.frame("show")).showing);
    await first.frame("noted");
    first.answers = false;
    const frozenAt = performance.now();
    expect((await second.frame("show")).receivedAt - frozenAt).toBeLessThan(2400);
    expect(await first.frame("hide")).toMatchObject({ how: "moved" });
  });

  test("a page that answers the pings of a long stall at once stays; one that says as much by itself may come back", async () => {
    const strict = await startProgram({ args: ["--messages-per-10s", "10"] });
    const own = new TipwireApi({ url: strict.url, key: strict.key });
    await own.createChannel({ slug: "stalls" });
    const link = (await own.createOverlay("stalls")).url ?? "";
    const page = open(link, { url: strict.url, answers: false });
    await page.frame("sound");
    await own.send("stalls", { name: "Ada", amount: "5.00", currency: "USD" });
    await page.frame("show");
    const pings = () => page.frames.filter(({ frame }) => frame.type === "ping").length;
    while (pings() < 15) await Bun.sleep(50);
    for (let i = 0; i < 15; i++) page.say({ type: "pong" });
    await own.controlStage("stalls", { action: "skip" });
    await own.send("stalls", { name: "Bo", amount: "5.00", currency: "USD" });
    await page.frame("show", ({ alert }) => alert.name === "Bo");
    expect(page.closed).toBeUndefined();
    for (let i = 0; i < 100; i++) page.say({ type: "pong" });
    expect(await page.ended()).toEqual({ code: 4004, reason: "more than 10 messages in 10 seconds" });
    await strict.stop();
  });

  test("a link that was rotated works for its grace, and says who still uses it; then it closes for good", async () => {
    const { slug, link, overlay } = await screen();
    const old = open(link);
    await old.frame("sound");
    expect((await api.rotateOverlay(slug, overlay.id)).earlier).toMatchObject([{ usedAt: expect.any(String) }]);
    const rotated = await api.rotateOverlay(slug, overlay.id, { graceSeconds: 1 });
    expect(rotated.url).not.toBe(link);
    expect(rotated.earlier.map(({ usedAt }) => usedAt === null)).toEqual([false, true]);
    expect(await old.ended()).toMatchObject({ code: 4502 });
    expect(await open(link).ended()).toMatchObject({ code: 4502 });
    const current = open(rotated.url ?? "");
    await current.frame("sound");
    expect((await api.overlays(slug))[0]?.url).toBe(rotated.url ?? "");
    await api.removeOverlay(slug, overlay.id);
    expect(await current.ended()).toMatchObject({ code: 4503, reason: "this screen was removed" });
  });

  test("whoever says something else than hello, or brings no key, is closed with a code that says so", async () => {
    const { link } = await screen();
    expect(await open("twd_wrong").ended()).toMatchObject({ code: 4501 });
    expect(await open(link, { copy: "short" }).ended()).toMatchObject({ code: 4500 });
    const page = open(link);
    await page.frame("sound");
    page.say({ type: "visible" } as never);
    expect(await page.ended()).toMatchObject({ code: 4500 });
  });

  test("a preview hears of settings and is never told to play", async () => {
    const { slug, link } = await screen();
    const preview = open(link, { part: "watching" });
    await preview.frame("settings");
    await api.changeSettings(slug, { look: { look: "velvet" } });
    expect((await preview.frame("settings")).look.look).toBe("wire");
    await api.publishSettings(slug);
    await preview.frame("settings", ({ look }) => look.look === "velvet");
    await send(slug, "Ada");
    expect((await api.stage(slug)).queued).toBe(1);
    expect(preview.shown).toEqual([]);
  });
});

describe("without a WebSocket", () => {
  const hello = (link: string, facts: Partial<OverlayHello> = {}): OverlayHello => ({
    ...{ type: "hello", protocol: 1, key: link.split("#")[1] ?? "", copy: crypto.randomUUID(), build: "" },
    ...{ part: "screen", visible: true, obs: "33.0.1", streaming: null, width: 1920, height: 1080 },
    ...{ playing: null, reports: [] },
    ...facts,
  });
  const post = (body: OverlayRequest, accept = "application/json") =>
    fetch(`${program.url}/overlay/feed`, { method: "POST", headers: { accept }, body: JSON.stringify(body) });
  const ask = async (body: OverlayRequest) => (await (await post(body)).json()) as OverlayAnswer;

  test("polling: everything at first, what is new after that; reports are noted", async () => {
    const { slug, link } = await screen();
    const page = hello(link);
    const first = await ask({ hello: page, messages: [], after: null, wait: 0 });
    expect(first.frames.map(({ type }) => type)).toEqual(["welcome", "settings", "sound"]);
    const waiting = ask({ hello: page, messages: [], after: first.after, wait: 20 });
    const { id } = await send(slug, "Ada");
    const [show] = (await waiting).frames;
    if (show?.type !== "show") throw new Error(`not to be shown: ${show?.type}`);
    expect(show.event).toBe(id);
    const { showing } = show;
    // The page's clock is a day behind, and what it tells was a second ago.
    const now = Date.now() - 86_400_000;
    const started = { type: "started", showing, at: now - 1010, visible: true } as const;
    const finished = { type: "finished", showing, at: now - 1000, shown: 5000, visible: 5000 } as const;
    await Bun.sleep(1100);
    const told = performance.now();
    const noted = await ask({ hello: { ...page, now }, messages: [started, finished], after: null, wait: 0 });
    expect(noted.frames).toEqual([
      { type: "noted", showing, report: "started" },
      { type: "noted", showing, report: "finished" },
    ]);
    const receipts = await api.receipts(slug, id);
    expect(receipts.slice(-3).map(({ step }) => step)).toEqual(["started", "finished", "shown"]);
    const ago = Date.now() - Date.parse(receipts.at(-1)?.at ?? "");
    expect(ago).toBeWithin(1000, 1005 + Math.ceil(performance.now() - told));
  });

  test("an event stream has the same frames; it ends when the link does", async () => {
    const { slug, link, overlay } = await screen();
    const response = await post({ hello: hello(link), messages: [], after: null, wait: 0 }, "text/event-stream");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    await send(slug, "Ada");
    let text = "";
    const read = (async () => {
      for await (const bytes of response.body ?? []) text += new TextDecoder().decode(bytes);
    })();
    while (!text.includes('"show"')) await Bun.sleep(5);
    expect(text.split("\n\n")[0]).toStartWith('data: {"type":"welcome"');
    await api.removeOverlay(slug, overlay.id);
    await read;
  });

  test("a wrong key is 401, a body that is none 400", async () => {
    expect((await post({ hello: hello("#twd_wrong"), messages: [], after: null, wait: 0 })).status).toBe(401);
    expect((await post({ nothing: true } as never)).status).toBe(400);
  });
});

describe("steering", () => {
  test("one address does one thing, and nothing ahead of time; a control key does all of its stage and nothing else", async () => {
    const { slug, link } = await screen();
    const page = open(link);
    await page.frame("sound");
    const { url } = await api.createStageKey(slug, { action: "toggle", name: "Deck" });
    const press = async (headers = {}) => {
      const response = await fetch(url ?? "", { headers });
      return `${response.status} ${(await response.text()).trim().slice(0, 20)}`;
    };
    expect(await press()).toBe("200 paused");
    expect(await press({ "sec-purpose": "prefetch" })).toStartWith("403");
    expect((await fetch(url ?? "", { method: "HEAD" })).status).toBe(403);
    expect((await api.stage(slug)).mode).toBe("paused");
    expect(await press()).toBe("200 resumed");
    const { key } = await api.createStageKey(slug, { name: "Dock" });
    const dock = new TipwireApi({ url: program.url, key: key ?? "" });
    expect((await dock.controlStage("-", { action: "volume", volume: 30 }, "-")).volume).toBe(30);
    expect(await page.frame("sound", ({ volume }) => volume === 30)).toMatchObject({ muted: false });
    await expect(dock.overlays(slug)).rejects.toBeInstanceOf(TipwireError);
    const steered = (await api.audit(slug)).filter(({ by }) => by !== "admin");
    expect(steered.map(({ by, action }) => `${by}: ${action}`)).toEqual([
      "Dock: volume 30",
      "Deck: resume",
      "Deck: pause",
    ]);
  });

  test("a strong word waits for review, and what is decided is shown; a blocked donor is told by the receipts", async () => {
    const { slug, link } = await screen();
    const page = open(link);
    await page.frame("sound");
    await api.changeSettings(slug, { safety: { strongWords: ["grobian*"], blockedNames: ["Troll"] } });
    await api.publishSettings(slug);
    const { id } = await api.send(slug, { name: "Ada", amount: "5", currency: "USD", message: "you GR0BIAN!" });
    let held = (await api.stage(slug)).alerts;
    while (held.length === 0) held = (await api.stage(slug)).alerts;
    expect(held).toMatchObject([{ id, state: "held", message: "you *******!" }]);
    await api.controlStage(slug, { action: "approve", alert: id, outcome: "hide-message" });
    expect((await page.frame("show")).alert).toMatchObject({ name: "Ada", message: "" });
    const blocked = await send(slug, "tr0ll");
    let receipts = await api.receipts(slug, blocked.id);
    while (receipts.length === 0) receipts = await api.receipts(slug, blocked.id);
    expect(receipts.map(({ sentence }) => sentence)).toEqual(["Not shown: the donor is blocked"]);
  });

  test("a key is revoked at once; the list says when each was used last; the audit says who did it", async () => {
    const { slug } = await screen();
    const [deck, dock] = [
      await api.createStageKey(slug, { action: "toggle", name: "Deck" }),
      await api.createStageKey(slug, { name: "Dock" }),
    ];
    expect(await (await fetch(deck.url ?? "")).text()).toBe("paused\n");
    const [used, unused] = await api.stageKeys(slug);
    expect([used?.name, used?.usedAt === null, unused?.usedAt]).toEqual(["Deck", false, null]);
    const steering = new TipwireApi({ url: program.url, key: dock.key ?? "" });
    await steering.controlStage("-", { action: "resume" }, "-");
    for (const { id } of [deck, dock])
      expect(await api.revokeStageKey(slug, id)).toMatchObject({ key: null, url: null });
    expect((await fetch(deck.url ?? "")).status).toBe(401);
    await expect(steering.controlStage("-", { action: "pause" }, "-")).rejects.toMatchObject({ code: "token_invalid" });
    await expect(api.revokeStageKey(slug, deck.id)).rejects.toMatchObject({ code: "key_unknown" });
    expect(await api.stageKeys(slug)).toEqual([]);
    expect((await api.audit(slug)).map(({ by, action }) => `${by}: ${action}`)).toEqual([
      ...["admin: revoke key Dock", "admin: revoke key Deck", "Dock: resume", "Deck: pause"],
      ...["admin: make key Dock", "admin: make key Deck", "admin: add screen Main"],
    ]);
  });

  test("a stage is removed with its screens and keys; what waited is skipped, the receipts stay, the name is free", async () => {
    const { slug, link } = await screen();
    const { key, url } = {
      ...(await api.createStageKey(slug, {})),
      ...{ url: (await api.createStageKey(slug, { action: "skip" })).url },
    };
    const page = open(link);
    await page.frame("sound");
    const [first, second] = [await send(slug, "Ada"), await send(slug, "Bo")];
    await page.frame("show");
    const asked = performance.now();
    expect(await api.removeStage(slug, "main")).toMatchObject({ name: "main", screens: [{ name: "Main" }] });
    expect(await page.ended()).toMatchObject({ code: 4503 });
    expect(performance.now() - asked).toBeLessThan(2000);
    for (const { id } of [first, second]) {
      expect((await api.receipts(slug, id)).at(-1)).toMatchObject({
        ...{ stage: "main", step: "skipped", sentence: "Skipped by admin: the stage was removed" },
      });
    }
    expect(await api.stages(slug)).toEqual([]);
    expect(await open(link).ended()).toMatchObject({ code: 4503 });
    expect((await fetch(url ?? "")).status).toBe(401);
    const dock = new TipwireApi({ url: program.url, key: key ?? "" });
    await expect(dock.controlStage("-", { action: "pause" }, "-")).rejects.toMatchObject({ code: "token_invalid" });
    await expect(api.removeStage(slug, "main")).rejects.toMatchObject({ code: "stage_unknown" });
    await screen("Main", slug);
    expect((await api.stage(slug)).queued).toBe(0);
    expect((await api.audit(slug)).map(({ action }) => action).slice(0, 2)).toEqual([
      "add screen Main",
      "remove stage",
    ]);
  });

  test("held until live: waits while no screen streams, says why, and plays when one does; tests play at once", async () => {
    const { slug, link } = await screen();
    await api.changeSettings(slug, { late: { holdUntilLive: true } });
    await api.publishSettings(slug);
    const page = open(link, { plays: 100 });
    await page.frame("sound");
    const { id } = await send(slug, "Ada");
    let receipts = await api.receipts(slug, id);
    while (receipts.length < 2) receipts = await api.receipts(slug, id);
    expect(receipts.map(({ sentence }) => sentence)).toEqual(["Waiting", "Waiting: OBS did not stream"]);
    expect(await api.stage(slug)).toMatchObject({ streaming: null, obstacle: { why: "live-unknown" } });
    page.say({ type: "streaming", streaming: false, active: true });
    let stage = await api.stage(slug);
    while (stage.streaming === null) stage = await api.stage(slug);
    expect(stage).toMatchObject({ streaming: false, obstacle: { why: "not-live" }, queued: 1 });
    await send(slug, "Probe", { test: true });
    expect((await page.frame("show")).alert.name).toBe("Probe");
    page.say({ type: "streaming", streaming: true, active: true });
    expect((await page.frame("show", ({ event }) => event === id)).alert.name).toBe("Ada");
    expect(await api.stage(slug)).toMatchObject({ streaming: true, obstacle: null });
    await page.frame("noted", ({ report }) => report === "finished");
    page.close();
    while ((await api.stage(slug)).streaming !== null);
    const later = open(link, { streaming: true });
    await later.frame("sound");
    expect((await api.stage(slug)).streaming).toBe(true);
  });

  test("what cannot be is refused in words", async () => {
    const { slug } = await screen();
    const codeOf = (asked: Promise<unknown>) =>
      asked.then(
        () => "done",
        (fault: TipwireError) => fault.code,
      );
    expect(await codeOf(api.controlStage(slug, { action: "skip" }))).toBe("control_impossible");
    expect(await codeOf(api.publishSettings(slug))).toBe("draft_missing");
    expect(await codeOf(api.stage(slug, "other"))).toBe("stage_unknown");
    expect(await codeOf(api.rotateOverlay(slug, "9.9"))).toBe("overlay_unknown");
    expect(await codeOf(api.changeSettings(slug, { time: { most: 5000 } }))).toBe("field_invalid");
  });
});
