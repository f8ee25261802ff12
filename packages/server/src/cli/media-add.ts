import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { MediaInfo } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { Failed, fileFailed } from "./faults.ts";
import { describedMedia } from "./media-text.ts";
import { plain } from "./text.ts";

/** MB; larger than any file that a server takes, and small enough to be read whole. */
const largest = 100;

export const mediaAdd = command({
  name: "media add",
  args: ["SLUG", "FILE"],
  summary: "Upload a picture, video or sound of your own for a channel's alerts.",
  details: `Pictures: PNG, JPEG, WebP, GIF, at most 10 MB. Videos: WebM with VP8 or VP9 (VP9 may be transparent), at most
30 MB; their sound is not played. Sounds: MP3, WAV, Ogg, at most 5 MB and a minute. A file is shown or played once
a stage's settings name its id.`,
  flags: { name: { value: "NAME", help: "What it is called in lists. Usually as the file." } },
  async run({ args: [slug, path], flags, context, say, paint }) {
    const file = await readWhole(path);
    const added = await connect(context).addMedia(slug, flags.name ?? basename(path), file);
    say(
      added,
      `${paint("green", "Uploaded")} ${plain(added.name)}: ${describedMedia(added)}\n${added.id}\n\nTo use it:\n  ${useText(slug, added)}\n`,
    );
    return 0;
  },
});

/** What puts it into the draft of the channel's settings. */
function useText(slug: string, { kind, id }: MediaInfo): string {
  const setting = kind === "sound" ? "look.sound" : "look.picture";
  return `npx tipwire stage set ${slug} '${setting}={"kind":"upload","file":"${id}"}'`;
}

async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size } = await stat(path);
    if (size > largest * 1024 * 1024) {
      throw new Failed(
        "media_too_large",
        `${path} has more than ${largest} MB: no picture, video or sound may be so large.`,
      );
    }
    return Uint8Array.from(await readFile(path));
  } catch (fault) {
    throw fault instanceof Failed ? fault : fileFailed(path, fault);
  }
}
