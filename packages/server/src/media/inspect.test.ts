import { expect, test } from "bun:test";
import { deflateSync } from "node:zlib";
import { createMp3Encoder, createOggEncoder } from "wasm-media-encoders";
import {
  apng,
  bytesOf,
  chunk,
  element,
  gif,
  gifFrame,
  gifHeader,
  gifLoops,
  jpeg,
  jpegSegment,
  jpegSize,
  mp3,
  oggPage,
  opus,
  opusHead,
  opusTags,
  type Part,
  png,
  pngChunk,
  pngHeader,
  pngPixels,
  pngStart,
  riff,
  tone,
  wav,
  wavShape,
  webm,
  webmBlock,
  webmCluster,
  webmHead,
  webmSegment,
  webmTrack,
  webmTracks,
  webpCanvas,
  webpFrame,
  webpPicture,
} from "../../test/media-samples.ts";
import { inspect, MediaInvalid, promisedFormat } from "./inspect.ts";

type Outcome = object | string | undefined;

/** What it turned out to be, or the sentence that refuses it; `undefined`: nothing that is accepted begins so. */
async function outcomeOf(file: Part): Promise<Outcome> {
  const bytes = bytesOf(file);
  const format = promisedFormat(bytes);
  if (format === undefined) return undefined;
  try {
    return await inspect(bytes, format);
  } catch (fault) {
    if (fault instanceof MediaInvalid) return fault.message;
    throw fault;
  }
}

const picture = (format: string, width: number, height: number) => ({ format, width, height, milliseconds: null });
const sound = (format: string, milliseconds: number) => ({ format, width: null, height: null, milliseconds });
const encoded = (encoder: Awaited<ReturnType<typeof createMp3Encoder | typeof createOggEncoder>>) => {
  const samples = tone({ seconds: 1, amplitude: 0.5 });
  const frames = Buffer.from(encoder.encode([samples, samples]));
  return bytesOf(frames, encoder.finalize());
};
const oggEncoder = await createOggEncoder();
oggEncoder.configure({ sampleRate: 48_000, channels: 2, vbrQuality: 3 });
const vorbis = encoded(oggEncoder);
const mp3Encoder = await createMp3Encoder();
mp3Encoder.configure({ sampleRate: 48_000, channels: 2, bitrate: 160 });
const music = encoded(mp3Encoder);
const id3 = (length: number) => bytesOf("ID3\x04\0\0", [0, 0, length >> 7, length & 127], new Uint8Array(length));
const apeTag = bytesOf(
  new Uint8Array(10),
  "APETAGEX",
  [0xd0, 7, 0, 0, 42, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
  new Uint8Array(8),
);
const silent = chunk("data", new Uint8Array(400));
const page = { flags: 2, position: 0, number: 0, packets: [opusHead] } as const;

test.each<[string, Part, object]>([
  ["a PNG", png(20, 10), picture("png", 20, 10)],
  ["an interlaced PNG", interlaced(5, 3), picture("png", 5, 3)],
  ["an animated PNG", apng(20, 10, 3), picture("png", 20, 10)],
  ["a GIF", gif(20, 10, [0]), picture("gif", 20, 10)],
  [
    "an animated GIF",
    bytesOf(gifHeader(8, 8), gifLoops, gifFrame(8, 8, 0), gifFrame(8, 8, 1), [0x3b]),
    picture("gif", 8, 8),
  ],
  ["a JPEG", jpeg(20, 10), picture("jpeg", 20, 10)],
  ["a JPEG in several scans", jpeg(20, 10, 10), picture("jpeg", 20, 10)],
  ["a plain WebP", riff("WEBP", webpPicture(20, 10)), picture("webp", 20, 10)],
  [
    "a WebP with a profile",
    riff("WEBP", webpCanvas(20, 10, 0x20), chunk("ICCP", "x"), webpPicture(20, 10)),
    picture("webp", 20, 10),
  ],
  [
    "an animated WebP",
    riff("WEBP", webpCanvas(20, 10, 2), chunk("ANIM", "123456"), webpFrame(20, 10), webpFrame(9, 9)),
    picture("webp", 20, 10),
  ],
  ["a WebM", webm(), picture("webm", 64, 32)],
  [
    "a WebM as it is recorded, without lengths",
    bytesOf(
      webmHead(),
      webmSegment(
        bytesOf(webmTracks(webmTrack()), webmCluster(webmBlock(1), "open"), webmCluster(webmBlock(1), "open")),
        "open",
      ),
    ),
    picture("webm", 64, 32),
  ],
  [
    "a WebM with sound",
    bytesOf(
      webmHead(),
      webmSegment(
        bytesOf(
          webmTracks(webmTrack({ codec: "V_VP9" }), webmTrack({ number: 2, type: 2, codec: "A_OPUS" })),
          webmCluster(bytesOf(webmBlock(2, "x"), webmBlock(1, [0x82]))),
        ),
      ),
    ),
    picture("webm", 64, 32),
  ],
  ["an MP3", music, sound("mp3", 1032)],
  ["an MP3 with tags on both sides", bytesOf(id3(300), music, apeTag, "TAG", new Uint8Array(125)), sound("mp3", 1032)],
  ["a WAV", wav({ seconds: 0.5, amplitude: 0.5 }), sound("wav", 500)],
  [
    "a WAV of one channel, in floats, with a name",
    riff(
      "WAVE",
      wavShape({ channels: 1, bits: 32, coding: 3 }),
      chunk("LIST", "odd"),
      chunk("data", new Uint8Array(480 * 4)),
    ),
    sound("wav", 10),
  ],
  ["an Ogg with Vorbis", vorbis, sound("ogg", 1000)],
  ["an Ogg with Opus", opus(50), sound("ogg", 1000)],
])("%s is taken for what it is", async (_, file, facts) => {
  expect(await outcomeOf(file)).toEqual(facts);
});

const notWhole = "It ends in the middle: the file is not whole.";
const afterEnd = "There is something after its end.";
const html = "<html><script>alert(1)</script></html>";

test.each<[string, Part, string | undefined]>([
  ["nothing", "", undefined],
  ["HTML", html, undefined],
  ["an SVG", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, undefined],
  ["a PDF", "%PDF-1.7", undefined],
  ["a ZIP", "PK\x03\x04", undefined],
  ["an MP4", "\0\0\0\x18ftypisom", undefined],
  ["a program", "\x7fELF", undefined],
  [
    "a script that calls itself a GIF",
    "GIF89a/*x*/=1;alert(1);//",
    "It is 10799 × 10872 pixels; a side may have 4096.",
  ],
  ["a PNG with HTML after its end", bytesOf(png(2, 2), html), afterEnd],
  ["a PNG with a ZIP after its end", bytesOf(png(2, 2), "PK\x03\x04"), afterEnd],
  ["half a PNG", png(20, 10).subarray(0, 60), notWhole],
  ["a PNG without an end", bytesOf(pngStart, pngHeader(2, 2), pngChunk("IDAT", pngPixels(2, 2))), notWhole],
  ["a PNG whose part was changed", changed(png(20, 10), 45), "Its part IDAT is damaged."],
  [
    "a PNG without a header",
    bytesOf(pngStart, pngChunk("IDAT", pngPixels(2, 2)), pngChunk("IEND", "")),
    "It does not begin as a PNG does.",
  ],
  [
    "a PNG with a part of a stranger's",
    bytesOf(pngStart, pngHeader(2, 2), pngChunk("EVIL", html), pngChunk("IEND", "")),
    "It has a part EVIL that no PNG has.",
  ],
  [
    "a PNG of 30,000 by 30,000",
    bytesOf(
      pngStart,
      pngHeader(30_000, 30_000),
      pngChunk("IDAT", deflateSync(Buffer.alloc(1000))),
      pngChunk("IEND", ""),
    ),
    "It is 30000 × 30000 pixels; a side may have 4096.",
  ],
  ["a PNG of no width", bytesOf(pngStart, pngHeader(0, 5), pngChunk("IEND", "")), "It has no width or no height."],
  [
    "a PNG that unpacks to a hundred times its pixels",
    withPixels(deflateSync(Buffer.alloc(1_000_000))),
    "Its pixels cannot be unpacked.",
  ],
  ["a PNG with fewer pixels than it says", withPixels(pngPixels(2, 1)), "It does not have the pixels that it says."],
  ["a PNG whose pixels are HTML", withPixels(bytesOf(html)), "Its pixels cannot be unpacked."],
  [
    "a PNG whose lines are filtered as none",
    withPixels(deflateSync(Buffer.alloc(18, 9))),
    "Its pixels cannot be unpacked.",
  ],
  [
    "a PNG of colours that there are not",
    bytesOf(pngStart, pngChunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 2, 7, 6, 0, 0, 0])),
    "Its pixels are of a kind that no PNG has.",
  ],
  ["a PNG of 1,001 frames", apng(1, 1, 1001), "It has more than 1000 frames."],
  [
    "a PNG of a million parts",
    bytesOf(pngStart, pngHeader(2, 2), ...Array.from({ length: 20_001 }, () => pngChunk("tEXt", ""))),
    "It consists of too many pieces.",
  ],
  ["a GIF of 100,000 frames", gif(1, 1, new Array<0>(100_000).fill(0)), "It has more than 1000 frames."],
  [
    "a GIF of a huge screen many times over",
    bytesOf(
      gifHeader(4000, 4000),
      ...Array.from({ length: 17 }, () => [0x2c, 0, 0, 0, 0, 0xa0, 0x0f, 0xa0, 0x0f, 0, 2, 0]),
      [0x3b],
    ),
    "Its frames have too many pixels together: make it smaller, or shorter.",
  ],
  [
    "a GIF with a frame beyond its screen",
    bytesOf(gifHeader(8, 8), gifFrame(9, 8, 0), [0x3b]),
    "A frame of it is larger than the picture.",
  ],
  ["a GIF without a picture", bytesOf(gifHeader(8, 8), [0x3b]), "There is no picture in it."],
  ["a GIF without its end", gif(8, 8, [0]).subarray(0, -1), notWhole],
  ["a GIF with a script after its end", bytesOf(gif(8, 8, [0]), "*/;alert(1)"), afterEnd],
  ["a GIF with a part of a stranger's", bytesOf(gifHeader(8, 8), "<script>", [0x3b]), "It has a part that no GIF has."],
  ["a JPEG with a ZIP after its end", bytesOf(jpeg(8, 8), "PK\x03\x04"), afterEnd],
  ["half a JPEG", jpeg(8, 8).subarray(0, -2), notWhole],
  ["a JPEG of 65,535 by 65,535", jpeg(65_535, 65_535), "It is 65535 × 65535 pixels; a side may have 4096."],
  ["a JPEG that is gone over a thousand times", jpeg(8, 8, 1000), "It goes over its pixels too often."],
  ["a JPEG without a picture", bytesOf([0xff, 0xd8, 0xff, 0xd9]), "There is no picture in it."],
  ["a JPEG with two sizes", bytesOf([0xff, 0xd8], jpegSize(8, 8), jpegSize(9, 9)), "It is several pictures in one."],
  [
    "a JPEG with HTML between its parts",
    bytesOf([0xff, 0xd8], jpegSegment(0xe0, "JFIF\0"), html),
    "Its parts are not those of a JPEG.",
  ],
  ["a WebP with HTML after its end", bytesOf(riff("WEBP", webpPicture(8, 8)), html), afterEnd],
  ["half a WebP", riff("WEBP", webpPicture(8, 8)).subarray(0, -3), notWhole],
  [
    "a WebP whose picture has another size",
    riff("WEBP", webpCanvas(9, 9), webpPicture(8, 8)),
    "It does not have the size that it says.",
  ],
  [
    "a WebP with a part of a stranger's",
    riff("WEBP", webpCanvas(9, 9), chunk("EVIL", html)),
    "It has a part that no WebP has.",
  ],
  [
    "a WebP of 1,001 frames",
    riff("WEBP", webpCanvas(9, 9, 2), ...Array.from({ length: 1001 }, () => webpFrame(1, 1))),
    "It has more than 1000 frames.",
  ],
  ["a Matroska", bytesOf(webmHead("matroska"), webmSegment("")), "It is no WebM: save it as WebM, not as Matroska."],
  ["a WebM with AV1", webm({ codec: "V_AV1" }), "It holds V_AV1, not VP8 or VP9 with Opus or Vorbis."],
  [
    "a WebM with subtitles only",
    webm({ type: 17, codec: "S_TEXT/WEBVTT" }),
    "It holds S_TEXT/WEBVTT, not VP8 or VP9 with Opus or Vorbis.",
  ],
  [
    "a WebM of 20,000 by 20,000",
    webm({ width: 20_000, height: 20_000 }),
    "It is 20000 × 20000 pixels; a side may have 4096.",
  ],
  [
    "a WebM that is packed once more",
    webm({ more: element([0x6d, 0x80], "x") }),
    "It is packed or encrypted once more.",
  ],
  [
    "a WebM with other files in it",
    bytesOf(webmHead(), webmSegment(element([0x19, 0x41, 0xa4, 0x69], html))),
    "There are other files in it.",
  ],
  ["a WebM without a picture", bytesOf(webmHead(), webmSegment(webmTracks(webmTrack()))), "There is no video in it."],
  [
    "a WebM whose pictures are HTML",
    bytesOf(webmHead(), webmSegment(bytesOf(webmTracks(webmTrack()), webmCluster(webmBlock(1, html))))),
    "Its video does not begin with a picture.",
  ],
  [
    "a WebM with a block of no track",
    bytesOf(webmHead(), webmSegment(bytesOf(webmTracks(webmTrack()), webmCluster(webmBlock(9))))),
    "It has a block of a track that it does not have.",
  ],
  ["half a WebM", webm().subarray(0, -4), notWhole],
  ["a WebM with HTML after its end", bytesOf(webm(), html), afterEnd],
  [
    "a recorded WebM with a ZIP after its end",
    bytesOf(
      webmHead(),
      webmSegment(
        bytesOf(webmTracks(webmTrack()), webmCluster(webmBlock(1), "open"), "PK\x03\x04", new Uint8Array(26)),
        "open",
      ),
    ),
    "It has a part that no WebM has.",
  ],
  ["HTML behind the beginning of an MP3", bytesOf([0xff, 0xfb, 0x90, 0], html), notWhole],
  ["HTML behind a tag", bytesOf(id3(20), html), "It has something in it that is no frame of an MP3."],
  ["an MP3 with HTML after its end", bytesOf(mp3(5), html), "It has something in it that is no frame of an MP3."],
  ["an MP3 whose last frame is cut off", mp3(5).subarray(0, -9), notWhole],
  ["an MP3 of an hour", mp3(2500), "It is longer than a minute."],
  ["an MP3 of one frame", mp3(1), "There is no sound in it."],
  ["a WAV with HTML after its end", bytesOf(wav({ seconds: 0.1, amplitude: 1 }), html), afterEnd],
  ["half a WAV", wav({ seconds: 0.1, amplitude: 1 }).subarray(0, -100), notWhole],
  [
    "a WAV of an hour",
    riff("WAVE", wavShape({ channels: 1, rate: 8000, bits: 8 }), chunk("data", new Uint8Array(480_001 + 8000))),
    "It is longer than a minute.",
  ],
  ["a WAV that is packed", riff("WAVE", wavShape({ coding: 85 }), silent), "Its samples are packed; save it as PCM."],
  ["a WAV of 200 channels", riff("WAVE", wavShape({ channels: 200 }), silent), "It is neither mono nor stereo."],
  ["a WAV without a sound", riff("WAVE", wavShape(), chunk("data", "")), "There is no sound in it."],
  ["an Ogg whose page was changed", changed(vorbis, vorbis.length - 9), "A page of it is damaged."],
  ["half an Ogg", opus(50).subarray(0, -9), notWhole],
  [
    "an Ogg without its last page",
    bytesOf(oggPage(page), oggPage({ flags: 0, position: 0, number: 1, packets: [opusTags] })),
    notWhole,
  ],
  ["two Oggs in one", bytesOf(opus(50), opus(50)), "It holds more than one stream."],
  [
    "an Ogg with a video",
    bytesOf(oggPage({ ...page, packets: ["\x80theora"] })),
    "It is an Ogg, but neither Vorbis nor Opus.",
  ],
  ["an Ogg that hides an hour behind a second", hiddenHour(), "It is longer than a minute."],
  ["an Ogg with HTML after its end", bytesOf(opus(50), html), "It has something in it that is no page of an Ogg."],
])("%s is refused", async (_, file, sentence) => {
  expect(await outcomeOf(file)).toBe(sentence);
});

const crumbs = "It consists of too many pieces.";
const many = (count: number, part: Part) => bytesOf(...new Array<Part>(count).fill(part));

test.each<[string, Part, string]>([
  ["JPEG", bytesOf([0xff, 0xd8], many(5001, [0xff, 0xe0, 0, 2])), crumbs],
  ["WebP", riff("WEBP", webpCanvas(9, 9), many(20_001, chunk("EXIF", ""))), crumbs],
  ["WebP's frames", riff("WEBP", webpCanvas(9, 9, 2), many(5, inFrame(many(5000, chunk("ALPH", ""))))), crumbs],
  ["WAV", riff("WAVE", many(20_001, chunk("LIST", ""))), crumbs],
  [
    "Ogg",
    bytesOf(
      oggPage(page),
      oggPage({ flags: 0, position: 0, number: 1, packets: [opusTags] }),
      ...Array.from({ length: 200 }, (_, i) =>
        oggPage({ flags: 0, position: 0, number: i + 2, packets: new Array<Part>(255).fill("x") }),
      ),
    ),
    crumbs,
  ],
  ["WebM", bytesOf(webmHead(), webmSegment(many(50_001, [0xec, 0x80]))), crumbs],
  ["MP3", bytesOf(many(9, id3(0)), mp3(5)), "It has something in it that is no frame of an MP3."],
])("what would keep others waiting is given up: a %s in crumbs", async (_, file, sentence) => {
  expect(await outcomeOf(file)).toBe(sentence);
});

test("a file that was cut anywhere is refused; one that was changed anywhere is taken or refused, and nothing else happens", async () => {
  const files = [
    png(9, 5),
    apng(3, 3, 2),
    gif(9, 5, [0, 1]),
    jpeg(9, 5),
    riff("WEBP", webpCanvas(9, 5, 2), webpFrame(9, 5)),
    webm(),
    mp3(3),
    wav({ seconds: 0.001, amplitude: 1 }),
    opus(3),
  ];
  for (const file of files) {
    for (let at = 0; at < file.length; at++) {
      const cut = await outcomeOf(file.subarray(0, at));
      // An MP3 that was cut between two frames is a shorter MP3.
      const isShorter = promisedFormat(file) === "mp3" && at % 417 === 0;
      expect(typeof cut === "object" && !isShorter ? `${at} of ${file.length}` : "refused").toBe("refused");
      for (const byte of [0, 0xff, (file[at] ?? 0) ^ 1])
        await outcomeOf(bytesOf(file.subarray(0, at), [byte], file.subarray(at + 1)));
    }
  }
});

function changed(file: Uint8Array, at: number): Uint8Array {
  return file.map((byte, i) => (i === at ? byte ^ 1 : byte));
}

/** A frame of an animated WebP with these chunks. */
function inFrame(chunks: Uint8Array): Uint8Array {
  return chunk("ANMF", bytesOf([0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 40, 0, 0, 0], chunks, webpPicture(8, 8)));
}

function withPixels(packed: Uint8Array): Uint8Array {
  return bytesOf(pngStart, pngHeader(2, 2), pngChunk("IDAT", packed), pngChunk("IEND", ""));
}

/** Each of the seven passes has its own lines, as long as its share of the columns. */
function interlaced(width: number, height: number): Uint8Array {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  const lines = passes.flatMap(([x, y, right, down]) => {
    const [across, rows] = [Math.ceil((width - x) / right), Math.ceil((height - y) / down)];
    return across > 0 && rows > 0 ? new Array<number>(rows * (1 + 4 * across)).fill(0) : [];
  });
  const pixels = pngChunk("IDAT", deflateSync(Uint8Array.from(lines)));
  return bytesOf(pngStart, pngHeader(width, height, 1), pixels, pngChunk("IEND", ""));
}

/** Packets of 120 ms each (six frames of 20), an hour of them, and positions that tell of a second. */
function hiddenHour(): Uint8Array {
  const packet = [0x7b, 6, 0];
  const pages = Array.from({ length: 150 }, (_, i) =>
    oggPage({ flags: i === 149 ? 4 : 0, position: 48_000, number: i + 2, packets: new Array<Part>(200).fill(packet) }),
  );
  return bytesOf(oggPage(page), oggPage({ flags: 0, position: 0, number: 1, packets: [opusTags] }), ...pages);
}
