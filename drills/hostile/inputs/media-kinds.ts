import { createHash } from "node:crypto";
import {
  apng,
  gif,
  jpeg,
  mp3,
  opus,
  png,
  riff,
  wav,
  webm,
  webpPicture,
} from "../../../packages/server/test/media-samples.ts";
import { mutateBytes, pick, word } from "../mutate.ts";
import { inPath, type PathOf, reading, ruledPath } from "./administering.ts";
import type { Kind } from "./input.ts";
import { inAddress, mutatedHeaders } from "./mutated-request.ts";
import { ours, request } from "./request.ts";

/** A right file of every format. */
const files: readonly Uint8Array[] = [
  ...[png(16, 16), apng(8, 8, 3), gif(16, 16, [0, 1]), jpeg(16, 16), riff("WEBP", webpPicture(16, 16)), webm()],
  ...[mp3(4), wav({ seconds: 0.01, amplitude: 0.5 }), opus(3)],
];
const ids = files.map((file) => createHash("sha256").update(file).digest("hex").slice(0, 40));

const file: PathOf = (_, random) => `/media/${inPath(random, pick(random, ids))}`;

/** Pictures, videos and sounds that creators upload. */
export const mediaKinds: readonly Kind[] = [
  {
    name: "media: upload",
    authenticated: true,
    share: 12,
    most: 20_000,
    make: (world, random) => {
      const name = random.chance(0.7) ? `?name=${inAddress(random, word(random))}` : "";
      const sent = pick(random, files);
      const bytes = random.chance(0.1)
        ? sent
        : random.chance(0.1)
          ? Buffer.from(word(random))
          : mutateBytes(random, sent);
      const headers = random.chance(0.3) ? mutatedHeaders(random, world) : [];
      const bare = request("POST", ruledPath(world, random, "/media") + name, world.ruler, bytes, headers);
      return headers.length > 0 ? { via: "http", bytes: bare, answers: "runtime" } : ours(bare);
    },
  },
  {
    name: "media: list",
    authenticated: true,
    share: 2,
    most: 5000,
    make: reading(
      (world, random) => ruledPath(world, random, "/media"),
      (world) => world.ruler,
    ),
  },
  {
    name: "media: remove",
    authenticated: true,
    share: 4,
    most: 10_000,
    make: (world, random) =>
      ours(request("DELETE", ruledPath(world, random, `/media/${inPath(random, pick(random, ids))}`), world.ruler)),
  },
  {
    name: "media: served",
    authenticated: false,
    share: 6,
    make: reading(
      file,
      () => null,
      [["x", "1"]],
      (_, random) => {
        const range = pick(random, [
          "bytes=0-1",
          "bytes=-5",
          "bytes=5-",
          "bytes=9-2",
          "bytes=99999999999-",
          word(random),
        ]);
        return random.chance(0.5) ? [["Range", range.replaceAll(/[\r\n\0]/g, "")]] : [];
      },
    ),
  },
];
