import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LookSettings, type MediaInfo, TipwireApi, TipwireError } from "@tipwire/client";
import type { Browser, Page } from "playwright-core";
import { createMp3Encoder, createOggEncoder } from "wasm-media-encoders";
import { chromiumPath, launchChromium } from "./chromium.ts";
import {
  bytesOf,
  gif,
  gifFrame,
  gifHeader,
  mp3,
  oggPage,
  opusHead,
  type Part,
  png,
  pngChunk,
  pngHeader,
  pngStart,
  tone,
  wav,
  webm,
} from "./media-samples.ts";
import { type Program, startProgram } from "./program.ts";
import { RawConnection } from "./raw-connection.ts";
import { openScreen, type ScreenPage } from "./screen-page.ts";

/** Own pictures, videos and sounds over the running program: uploaded, refused, served, removed. */
let program: Program;
let api: TipwireApi;
let folder: string;
let channels = 0;

beforeAll(async () => {
  program = await startProgram({ args: ["--media-mb", "1", "--log", "json"] });
  api = new TipwireApi({ url: program.url, key: program.key });
  folder = mkdtempSync(join(tmpdir(), "tipwire-media-"));
});
afterAll(async () => {
  await program.stop();
  rmSync(folder, { recursive: true });
});

/** A channel with a stage. */
async function newChannel(): Promise<string> {
  const { slug } = await api.createChannel({ slug: `media${++channels}` });
  await api.createOverlay(slug);
  return slug;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "taken",
    (fault: unknown) => (fault instanceof TipwireError ? fault.code : String(fault)),
  );

const junk = (bytes: number) => new Uint8Array(bytes);
const largePng = (bytes: number) => bytesOf(pngStart, pngHeader(2, 2), pngChunk("IDAT", junk(bytes)));

test("a file is uploaded once, listed, used, and removed when no stage uses it any more", async () => {
  const slug = await newChannel();
  const picture = await api.addMedia(slug, "hello.png", png(64, 32));
  const sound = await api.addMedia(slug, "hey.wav", wav({ seconds: 0.2, amplitude: 0.5 }));
  expect(picture).toMatchObject({
    name: "hello.png",
    kind: "image",
    format: "png",
    width: 64,
    height: 32,
    milliseconds: null,
    usedBy: [],
    by: "admin",
  });
  expect(sound).toMatchObject({ kind: "sound", format: "wav", width: null, milliseconds: 200 });
  expect(await api.addMedia(slug, "again.png", png(64, 32))).toEqual(picture);
  expect(await api.media(slug)).toEqual({
    files: [picture, sound],
    bytes: picture.bytes + sound.bytes,
    most: 1024 * 1024,
  });

  await api.changeSettings(slug, { look: { picture: { kind: "upload", file: picture.id } } });
  expect((await api.media(slug)).files[0]?.usedBy).toEqual(["main (draft)"]);
  expect(await codeOf(api.removeMedia(slug, picture.id))).toBe("media_in_use");
  await api.publishSettings(slug);
  await api.changeSettings(slug, { look: { sound: { kind: "upload", file: sound.id } } });
  expect((await api.media(slug)).files.map(({ usedBy }) => usedBy)).toEqual([
    ["main", "main (draft)"],
    ["main (draft)"],
  ]);
  await api.changeSettings(slug, { look: { picture: { kind: "none" }, sound: { kind: "built-in" } } });
  expect(await codeOf(api.removeMedia(slug, picture.id))).toBe("media_in_use");
  await api.publishSettings(slug);
  expect(await api.removeMedia(slug, picture.id)).toEqual(picture);
  expect(await codeOf(api.removeMedia(slug, picture.id))).toBe("media_unknown");
  expect((await fetch(picture.url)).status).toBe(404);
  expect((await fetch(sound.url)).status).toBe(200);
});

test("settings name only files that the channel has, each where its kind belongs", async () => {
  const [slug, other] = [await newChannel(), await newChannel()];
  const picture = await api.addMedia(slug, "a.png", png(8, 8));
  const video = await api.addMedia(slug, "a.webm", webm());
  const sound = await api.addMedia(slug, "a.mp3", mp3(9));
  const foreign = await api.addMedia(other, "b.png", png(9, 9));
  const outcome = (part: "picture" | "sound", file: string) =>
    codeOf(api.changeSettings(slug, { look: { [part]: { kind: "upload", file } } }));
  expect(await outcome("picture", picture.id)).toBe("taken");
  expect(await outcome("picture", video.id)).toBe("taken");
  expect(await outcome("sound", sound.id)).toBe("taken");
  for (const file of [sound.id, foreign.id, "0".repeat(40), "../../etc/passwd", "", " "]) {
    expect([file, await outcome("picture", file)]).toEqual([file, "field_invalid"]);
  }
  expect(await outcome("sound", video.id)).toBe("field_invalid");
});

test("what is no picture, video or sound is refused, whatever it calls itself, and nothing of it is kept", async () => {
  const slug = await newChannel();
  const before = await api.media(slug);
  const hostile: readonly [string, Part, string][] = [
    ["page.png", "<!doctype html><script>alert(1)</script>", "media_unaccepted"],
    ["picture.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "media_unaccepted"],
    ["empty.png", "", "media_unaccepted"],
    ["short.png", "\x89PN", "media_unaccepted"],
    ["after.png", bytesOf(png(4, 4), "<script>alert(1)</script>"), "media_invalid"],
    ["zip.gif", bytesOf(gif(4, 4, [0]), "PK\x03\x04"), "media_invalid"],
    ["half.webm", webm().subarray(0, 90), "media_invalid"],
    ["bomb.png", bytesOf(pngStart, pngHeader(30_000, 30_000)), "media_invalid"],
    ["theora.ogg", oggPage({ flags: 2, position: 0, number: 0, packets: ["\x80theora"] }), "media_invalid"],
    ["half.ogg", oggPage({ flags: 2, position: 0, number: 0, packets: [opusHead] }), "media_invalid"],
    ["av1.webm", webm({ codec: "V_AV1" }), "media_invalid"],
    ["large.png", largePng(10 * 1024 * 1024), "media_too_large"],
    ["large.wav", bytesOf("RIFF", [0, 0, 0, 0], "WAVE", junk(5 * 1024 * 1024)), "media_too_large"],
  ];
  for (const [name, file, code] of hostile) {
    expect([name, await codeOf(api.addMedia(slug, name, bytesOf(file)))]).toEqual([name, code]);
  }
  expect(await api.media(slug)).toEqual(before);
});

test("of a file that is too large no more is read than its kind may have, though it never says how long it is", async () => {
  const slug = await newChannel();
  const connection = await RawConnection.open(program.port);
  connection.write(
    `POST /v1/channels/${slug}/media HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${program.key}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = (bytes: Uint8Array) => bytesOf(`${bytes.length.toString(16)}\r\n`, bytes, "\r\n");
  connection.write(chunk(largePng(0).subarray(0, 40)));
  for (let mb = 0; mb < 11; mb++) connection.write(chunk(junk(1024 * 1024)));
  // It is answered although the end never comes.
  const answer = await connection.until((received) => /"code":"(\w+)"/.exec(received.toString("latin1"))?.[1]);
  expect(answer).toBe("media_too_large");
  connection.terminate();
});

test("a channel's files have a limit together, and another one's leave it alone", async () => {
  const [slug, other] = [await newChannel(), await newChannel()];
  const large = (seconds: number) => wav({ seconds, amplitude: 0.1 });
  await api.addMedia(slug, "1.wav", large(2.4));
  await api.addMedia(slug, "2.wav", large(2.5));
  expect(await codeOf(api.addMedia(slug, "3.wav", large(2.6)))).toBe("media_full");
  expect(await codeOf(api.addMedia(other, "3.wav", large(2.6)))).toBe("taken");
});

test("four files of a channel are on their way at a time; what was cut off leaves nothing behind", async () => {
  const slug = await newChannel();
  const head = `POST /v1/channels/${slug}/media HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${program.key}\r\nContent-Length: 5000\r\n\r\n`;
  const cutOff = await Promise.all([1, 2, 3, 4].map(() => RawConnection.open(program.port)));
  for (const connection of cutOff) connection.write(bytesOf(head, png(64, 64).subarray(0, 30)));
  const headers = { authorization: `Bearer ${program.key}` };
  const fifth = () => fetch(`${program.url}/v1/channels/${slug}/media`, { method: "POST", body: png(8, 8), headers });
  let answer = await fifth();
  while (answer.status !== 429) answer = await fifth();
  expect(await answer.json()).toMatchObject({ code: "too_many_uploads" });
  expect(answer.headers.get("retry-after")).toBe("5");
  for (const connection of cutOff) connection.terminate();
  while ((await codeOf(api.addMedia(slug, "a.png", png(9, 9)))) === "too_many_uploads");
  const widths = (await api.media(slug)).files.map(({ width }) => width);
  expect([widths.includes(9), widths.includes(64)]).toEqual([true, false]);
});

test("only who may change the channel uploads and sees its files", async () => {
  const slug = await newChannel();
  const { id } = await api.addMedia(slug, "a.png", png(8, 8));
  const { streamToken } = await api.createChannel({ slug: `media${++channels}` });
  await api.createAccount("stranger");
  const { key: foreign } = await api.createKey({ name: "s", account: "stranger", scopes: ["admin"] });
  const { key: reader } = await api.createKey({ name: "r", scopes: ["events:read", "control"], channels: [slug] });
  for (const [key, code] of [
    [foreign, "channel_unknown"],
    [reader, "scope_missing"],
    [streamToken, "scope_missing"],
    ["tw_x", "token_invalid"],
  ] as const) {
    const theirs = new TipwireApi({ url: program.url, key });
    expect([code, await codeOf(theirs.media(slug))]).toEqual([code, code]);
    expect([code, await codeOf(theirs.addMedia(slug, "a.png", png(7, 7)))]).toEqual([code, code]);
    expect([code, await codeOf(theirs.removeMedia(slug, id))]).toEqual([code, code]);
  }
});

test("a file is served as what it is, inert, for ever the same, whole or in ranges", async () => {
  const slug = await newChannel();
  const file = wav({ seconds: 3, amplitude: 0.5 });
  const { url, id } = await api.addMedia(slug, "a.wav", file);
  const whole = await fetch(url);
  expect(Buffer.from(await whole.arrayBuffer()).equals(Buffer.from(file))).toBe(true);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "content-type": "audio/wav",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, max-age=31536000, immutable",
    "accept-ranges": "bytes",
    etag: `"${id}"`,
  });
  expect((await fetch(url, { headers: { "if-none-match": `"${id}"` } })).status).toBe(304);
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length")]).toEqual([200, String(file.length)]);
  const ranges: readonly [string, number, number, number][] = [
    ["bytes=0-0", 206, 0, 1],
    ["bytes=262140-262150", 206, 262_140, 262_151],
    ["bytes=500000-", 206, 500_000, file.length],
    ["bytes=-7", 206, file.length - 7, file.length],
    ["bytes=0-999999999", 206, 0, file.length],
    ["bytes=5-2", 200, 0, file.length],
    ["bytes=0-1,4-5", 200, 0, file.length],
    ["lines=0-1", 200, 0, file.length],
  ];
  for (const [range, status, from, to] of ranges) {
    const part = await fetch(url, { headers: { range } });
    const same = Buffer.from(await part.arrayBuffer()).equals(Buffer.from(file.subarray(from, to)));
    expect([range, part.status, same]).toEqual([range, status, true]);
    expect(part.headers.get("content-range")).toBe(status === 206 ? `bytes ${from}-${to - 1}/${file.length}` : null);
  }
  for (const range of [`bytes=${file.length}-`, "bytes=-0"]) {
    const none = await fetch(url, { headers: { range } });
    expect([range, none.status, none.headers.get("content-range")]).toEqual([range, 416, `bytes */${file.length}`]);
  }
});

test("an address that is none of a file is unknown, whatever tricks stand in it", async () => {
  const slug = await newChannel();
  const { id } = await api.addMedia(slug, "a.png", png(8, 8));
  const tricks = [
    "..%2f..%2fetc%2fpasswd",
    `${id}%00`,
    `${id}.png`,
    id.toUpperCase().replace(/^\d/, "A"),
    `${id}%0d%0aX: 1`,
    "%ff",
    id.slice(1),
    "'%20OR%201=1--",
  ];
  for (const trick of tricks)
    expect([trick, (await fetch(`${program.url}/media/${trick}`)).status]).toEqual([trick, 404]);
});

test("the command line uploads, lists and removes, and says plainly what is wrong", async () => {
  const slug = await newChannel();
  const path = join(folder, "own\x1b[31m.gif");
  writeFileSync(path, gif(32, 16, [0, 1]));
  const added = await program.tipwireJson<MediaInfo>("media", "add", slug, path);
  expect(added).toMatchObject({ format: "gif", width: 32, height: 16, name: "own\x1b[31m.gif" });
  const again = await program.tipwire("media", "add", slug, path);
  expect([again.code, again.stdout]).toEqual([
    0,
    `Uploaded own.gif: GIF, 32 × 16, ${added.bytes} bytes\n${added.id}\n\nTo use it:\n  npx tipwire stage set ${slug} 'look.picture={"kind":"upload","file":"${added.id}"}'\n`,
  ]);
  const { stdout } = await program.tipwire("media", "list", slug);
  expect(stdout).toContain(`${added.id}  own.gif  GIF, 32 × 16, ${added.bytes} bytes`);
  expect(stdout).toContain(`${added.bytes} bytes of 1.0 MB\n`);

  writeFileSync(join(folder, "page.png"), "<html></html>");
  const refused = await program.tipwire("media", "add", slug, join(folder, "page.png"));
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining("Pictures: PNG, JPEG, WebP, GIF, at most 10 MB."),
  ]);
  expect(await program.tipwire("media", "add", slug, join(folder, "none.png"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("there is no such file"),
  });
  expect(await program.tipwire("media", "remove", slug, added.id)).toMatchObject({
    code: 0,
    stdout: "Removed: own.gif.\n",
  });
});

describe.skipIf(chromiumPath === undefined)("on a screen in OBS", () => {
  let browser: Browser;
  let screen: ScreenPage;
  let donors = 0;
  beforeAll(async () => {
    browser = await launchChromium();
    screen = await openScreen(browser, program, "own-media", { before: watching });
    await api.changeSettings(screen.slug, { time: { pause: 0 } });
  });
  afterAll(() => browser.close());

  /** Puts files on stream and shows an alert. */
  async function show(look: Partial<LookSettings>): Promise<void> {
    await api.changeSettings(screen.slug, { look });
    await api.publishSettings(screen.slug);
    await alert();
  }
  async function alert(): Promise<void> {
    const name = `Donor ${++donors}`;
    await screen.send(name);
    await screen.sees(name);
  }
  /** The same until `isThere`: on a busy machine a file may come too late for the first alert. */
  async function showUntil(isThere: () => Promise<boolean>, look: Partial<LookSettings>): Promise<void> {
    await show(look);
    while (!(await isThere())) {
      await skip();
      await alert();
    }
  }
  const showPicture = (look: Partial<LookSettings>) =>
    showUntil(async () => (await screen.page.locator(".alert .picture *").count()) > 0, look);
  async function skip(): Promise<void> {
    await api.controlStage(screen.slug, { action: "skip" });
    await screen.page.locator(".alert").waitFor({ state: "detached" });
  }
  const upload = async (name: string, file: Uint8Array<ArrayBuffer>) =>
    ({ kind: "upload", file: (await api.addMedia(screen.slug, name, file)).id }) as const;
  const watched = () => screen.page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched);

  test("pictures and videos of every format are drawn, where the settings say, and nothing of them is left after the alert", async () => {
    const drawn = [];
    const files = [["a.png", png(64, 32)], ["a.gif", gif(64, 32, [1, 1])], ...(await recorded(screen.page))] as const;
    const places = ["above", "left", "behind"] as const;
    for (const [i, [name, file]] of files.entries()) {
      const picturePlace = places[i % 3] ?? "above";
      await showPicture({
        picture: await upload(name, file),
        picturePlace,
        pictureFit: i % 2 === 0 ? "contain" : "cover",
      });
      const element = screen.page.locator(`.alert.picture-${picturePlace} .picture :is(img, video)`);
      const [red, green, blue, opacity] = await element.evaluate(colourOf);
      drawn.push([
        name,
        red > 200 && green < 60 && blue < 60,
        opacity,
        await element.evaluate((one) => getComputedStyle(one).objectFit),
        await screen.page.locator(".alert").evaluate(isWithinBounds),
      ]);
      await skip();
    }
    const fit = (i: number) => (i % 2 === 0 ? "contain" : "cover");
    expect(drawn).toEqual(files.map(([name], i) => [name, true, 255, fit(i), true]));
    const { addresses } = await watched();
    expect(addresses).toBe(0);
  });

  test("a video is silent, plays while its alert is there, lets through what is transparent, and is freed", async () => {
    const [, clear = new Uint8Array()] = (await recorded(screen.page, "rgb(255 0 0 / 0)"))[0] ?? [];
    await showPicture({ picture: await upload("clear.webm", clear) });
    const video = await screen.page.locator(".picture video").elementHandle();
    await screen.page.waitForFunction((one) => (one as HTMLVideoElement).currentTime > 0, video);
    expect(await video?.evaluate((one) => (one as HTMLVideoElement).muted)).toBe(true);
    expect((await video?.evaluate(colourOf))?.[3]).toBe(0);
    await skip();
    expect(await video?.evaluate((one) => [one.getAttribute("src"), (one as HTMLVideoElement).readyState])).toEqual([
      null,
      0,
    ]);
  });

  test("with the picture none there is no coin either; built-in, there are many", async () => {
    const coins = async (kind: "none" | "built-in") => {
      await show({ look: "arcade", picture: { kind } });
      const alert = screen.page.locator(".alert");
      const count = [await alert.locator(".particles i").count(), await alert.locator(".coin").isVisible()];
      await skip();
      return count;
    };
    await api.changeSettings(screen.slug, { who: { tiers: { USD: ["1", "2", "3"] } } });
    expect(await coins("none")).toEqual([0, false]);
    expect(await coins("built-in")).toEqual([9, true]);
    await api.changeSettings(screen.slug, { look: { look: "wire" }, who: { tiers: { USD: ["5", "25", "100"] } } });
  });

  test("a GIF begins at its first frame with every alert", async () => {
    const slow = bytesOf(gifHeader(64, 32), gifFrame(64, 32, 0, 300), gifFrame(64, 32, 1, 6000), [0x3b]);
    await showPicture({ picture: await upload("slow.gif", slow), picturePlace: "above" });
    // While the alert enters, others of its parts fly through the picture.
    const seen = async (): Promise<"red" | "black"> => {
      for (;;) {
        const clip = (await screen.page.locator(".picture img").boundingBox()) ?? undefined;
        const image = await screen.page.screenshot(clip === undefined ? {} : { clip });
        const [red, green] = await screen.page.evaluate(middleOf, image.toString("base64"));
        if (green < 60 && (red < 60 || red > 200)) return red < 60 ? "black" : "red";
      }
    };
    while ((await seen()) !== "red");
    await skip();
    await alert();
    expect(await seen()).toBe("black");
    await skip();
  });

  test("a loud sound and a quiet one are as loud as the look's own, whatever their format", async () => {
    const levels = [];
    // The look's own is longer than two seconds.
    const soundsOwn = async () => ((await watched()).seconds.at(-1) ?? 0) < 1.5;
    for (const amplitude of [0.9, 0.02]) {
      for (const [name, file] of await sounds(amplitude)) {
        await showUntil(soundsOwn, { picture: { kind: "built-in" }, sound: await upload(name, file) });
        levels.push((await watched()).played.at(-1) ?? 0);
        await skip();
      }
    }
    // A sine of 1 kHz in both ears is as many LUFS as its amplitude is dB; a medium alert's sound has -18.
    for (const level of levels) expect(Math.abs(level + 18)).toBeLessThanOrEqual(1);
    expect(levels).toHaveLength(6);
  });

  test("a file that cannot be had, or is slow to come, keeps no alert back: it shows and sounds as the look does", async () => {
    const picture = await upload("late.png", png(33, 33));
    const sound = await upload("late.wav", wav({ seconds: 0.3, amplitude: 0.3 }));
    await screen.page.context().route("**/media/**", async (route) => {
      if (route.request().url().endsWith(picture.file)) return;
      await route.abort();
    });
    const before = (await watched()).played.length;
    await show({ picture, sound });
    expect(await screen.page.locator(".alert").getAttribute("class")).not.toContain("picture-");
    const { played, seconds } = await watched();
    expect([played.length - before, (seconds.at(-1) ?? 0) > 1]).toEqual([1, true]);
    await screen.page.context().unroute("**/media/**");
    // It is asked for again by the next alert, and is there at the latest for the one after it.
    do {
      await skip();
      await alert();
    } while (((await watched()).seconds.at(-1) ?? 0) > 0.4);
    await skip();
  });
});

interface Watched {
  /** Addresses of files in memory that were made and not yet given back. */
  addresses: number;
  /** dB of the highest sample of each sound that began, as it left for the common volume. */
  readonly played: number[];
  /** How long each of them is. */
  readonly seconds: number[];
}

/** Runs in the page before its own script. */
function watching(): void {
  const watched: Watched = { addresses: 0, played: [], seconds: [] };
  Object.assign(globalThis, { watched });
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    watched.addresses++;
    return createObjectURL.call(URL, blob);
  };
  URL.revokeObjectURL = (address) => {
    watched.addresses--;
    revokeObjectURL.call(URL, address);
  };
  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (this: AudioNode, ...to: Parameters<typeof connect>) {
    const [next] = to as unknown as [AudioNode];
    if (this instanceof AudioBufferSourceNode && next instanceof GainNode && this.buffer !== null) {
      const samples = this.buffer.getChannelData(0);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      // The slider stands at 70 of 100.
      watched.played.push(20 * Math.log10((peak * next.gain.value) / 0.49));
      watched.seconds.push(this.buffer.duration);
    }
    return connect.apply(this, to);
  } as typeof connect;
}

/** Runs in the page: the colour in the middle of what an element draws. */
function colourOf(element: Element): readonly [number, number, number, number] {
  const canvas = new OffscreenCanvas(4, 4);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(element as HTMLVideoElement, 0, 0, 4, 4);
  const [red = 0, green = 0, blue = 0, opacity = 0] = context.getImageData(2, 2, 1, 1).data;
  return [red, green, blue, opacity];
}

/** Runs in the page: whether an alert is no higher than it may be. */
function isWithinBounds(alert: HTMLElement | SVGElement): boolean {
  const tallest = Number.parseFloat(getComputedStyle(alert).getPropertyValue("--tallest"));
  return (alert as HTMLElement).offsetHeight <= Math.ceil(tallest);
}

/** Runs in the page: the colour in the middle of a picture. */
async function middleOf(base64: string): Promise<readonly [number, number]> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  const [red = 0, green = 0] = context.getImageData(bitmap.width / 2, bitmap.height / 2, 1, 1).data;
  return [red, green];
}

/** What Chromium itself writes of a field of one colour: a WebM in each codec, a JPEG, a WebP of either kind. */
async function recorded(page: Page, colour = "rgb(255 0 0)"): Promise<[string, Uint8Array<ArrayBuffer>][]> {
  const files = await page.evaluate(async (fill) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [64, 32];
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const paint = () => {
      context.clearRect(0, 0, 64, 32);
      context.fillStyle = fill;
      context.fillRect(0, 0, 64, 32);
    };
    paint();
    const blobs: [string, Blob | null][] = [];
    for (const codec of ["vp9", "vp8"]) {
      const stream = canvas.captureStream(30);
      const recorder = new MediaRecorder(stream, { mimeType: `video/webm;codecs=${codec}` });
      const chunks: Blob[] = [];
      recorder.ondataavailable = ({ data }) => data.size > 0 && chunks.push(data);
      const stopped = new Promise((resolve) => Object.assign(recorder, { onstop: resolve }));
      recorder.start(20);
      // What comes first may be its beginning alone.
      while (chunks.length < 4) {
        paint();
        await new Promise(requestAnimationFrame);
      }
      recorder.stop();
      await stopped;
      blobs.push([`${codec}.webm`, new Blob(chunks)]);
    }
    const still = (type: string, quality: number) =>
      new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
    blobs.push(["a.jpeg", await still("image/jpeg", 0.9)]);
    blobs.push(["lossy.webp", await still("image/webp", 0.9)], ["lossless.webp", await still("image/webp", 1)]);
    return Promise.all(
      blobs.map(
        async ([name, blob]) => [name, [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))]] as const,
      ),
    );
  }, colour);
  return files.map(([name, bytes]) => [name, Uint8Array.from(bytes)]);
}

/** The same tone in every format. */
async function sounds(amplitude: number): Promise<readonly (readonly [string, Uint8Array<ArrayBuffer>])[]> {
  const [mp3Encoder, oggEncoder] = await Promise.all([createMp3Encoder(), createOggEncoder()]);
  mp3Encoder.configure({ sampleRate: 48_000, channels: 2, bitrate: 160 });
  oggEncoder.configure({ sampleRate: 48_000, channels: 2, vbrQuality: 5 });
  const samples = tone({ seconds: 1, amplitude });
  const encoded = (encoder: typeof mp3Encoder | typeof oggEncoder) => {
    const begun = Buffer.from(encoder.encode([samples, samples]));
    return bytesOf(begun, encoder.finalize());
  };
  return [
    ["a.wav", wav({ seconds: 1, amplitude })],
    ["a.mp3", encoded(mp3Encoder)],
    ["a.ogg", encoded(oggEncoder)],
  ];
}
