import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MediaInfo, TipwireApi, TipwireError } from "@tipwire/client";
import {
  bytesOf,
  gif,
  mp3,
  oggPage,
  opusHead,
  type Part,
  png,
  pngChunk,
  pngHeader,
  pngStart,
  wav,
  webm,
} from "./media-samples.ts";
import { type Program, startProgram } from "./program.ts";
import { RawConnection } from "./raw-connection.ts";

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

test("one file of a channel is on its way at a time; one that was cut off leaves nothing behind", async () => {
  const slug = await newChannel();
  const connection = await RawConnection.open(program.port);
  const head = `POST /v1/channels/${slug}/media HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${program.key}\r\nContent-Length: 5000\r\n\r\n`;
  connection.write(head);
  connection.write(png(64, 64).subarray(0, 30));
  let second = await fetch(`${program.url}/v1/channels/${slug}/media`, {
    method: "POST",
    body: png(8, 8),
    headers: { authorization: `Bearer ${program.key}` },
  });
  while (second.status !== 429)
    second = await fetch(second.url, {
      method: "POST",
      body: png(8, 8),
      headers: { authorization: `Bearer ${program.key}` },
    });
  expect([((await second.json()) as { code: string }).code, second.headers.get("retry-after")]).toEqual([
    "too_many_uploads",
    "5",
  ]);
  connection.terminate();
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
  expect((await program.tipwireJson<MediaInfo>("media", "list", slug)).id).toBe(added.id);

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
  expect(await program.tipwire("media", "add", slug, folder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("it is a directory"),
  });
  expect(await program.tipwire("media", "remove", slug, added.id)).toMatchObject({
    code: 0,
    stdout: "Removed: own.gif.\n",
  });
  expect((await program.tipwire("media", "list", slug)).stdout).toContain("no files of its own yet");
});
