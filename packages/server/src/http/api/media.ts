import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import { formats } from "../../media/formats.ts";
import { inspect, MediaInvalid } from "../../media/inspect.ts";
import { type MediaFacts, type MediaFile, mostFiles, type NewMediaFile } from "../../media/media-files.ts";
import { json } from "../answers.ts";
import type { Route, Visit } from "../router.ts";
import { addressOf, type MediaRoom, usesOf } from "./media-room.ts";
import { nameOf } from "./stage-room.ts";
import { readUpload, type Uploaded, Uploads } from "./upload.ts";

const longestName = 100;

/** A channel's own pictures, videos and sounds: listed, uploaded, removed. */
export function mediaRoutes(room: MediaRoom): readonly Route[] {
  const { callers, media, clock, mediaBytes } = room;
  const uploads = new Uploads();

  async function list(visit: Visit): Promise<Response> {
    const { channel } = await callers.administered(visit);
    const files = await media.ofChannel(channel.id);
    const uses = await usesOf(room, channel.id);
    return json({
      files: files.map((file) => shown(file, uses)),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      most: mediaBytes,
    });
  }

  async function add(visit: Visit): Promise<Response> {
    const { channel, credential } = await callers.administered(visit);
    return uploads.run(channel.id, async () => {
      const uploaded = await readUpload(visit.request, clock);
      const { bytes, id } = uploaded;
      const facts = await inspected(uploaded);
      const name = nameFor(visit, facts);
      const by = await nameOf(room, credential);
      const file: NewMediaFile = { channel: channel.id, id, name, by, ...facts };
      const outcome = await media.add(file, bytes, mediaBytes);
      if (outcome === "full") throw full(mediaBytes);
      const kept = (await media.ofChannel(channel.id)).find((each) => each.id === id);
      if (kept === undefined) throw new Refused("media_unknown");
      return json(shown(kept, await usesOf(room, channel.id)), outcome === "added" ? 201 : 200);
    });
  }

  async function remove(visit: Visit): Promise<Response> {
    const { channel } = await callers.administered(visit);
    const file = (await media.ofChannel(channel.id)).find(({ id }) => id === visit.path["id"]);
    if (file === undefined) throw new Refused("media_unknown");
    const uses = await usesOf(room, channel.id);
    const where = uses.get(file.id);
    if (where !== undefined)
      throw new Refused("media_in_use", `Still in use: ${where.join(", ")}. Change the settings first.`);
    if (!(await media.remove(channel.id, file.id))) throw new Refused("media_unknown");
    return json(shown(file, uses));
  }

  function shown(file: MediaFile, uses: ReadonlyMap<string, readonly string[]>) {
    const { id, name, format, width, height, milliseconds, bytes, by, addedAt } = file;
    return {
      id,
      name,
      kind: formats[format].kind,
      format,
      bytes,
      width,
      height,
      milliseconds,
      url: addressOf(room, file),
      addedAt: isoTime(addedAt),
      by,
      usedBy: uses.get(id) ?? [],
    };
  }

  const at = "/v1/channels/{slug}/media";
  return [
    { method: "GET", pattern: at, answer: list },
    { method: "POST", pattern: at, answer: add },
    { method: "DELETE", pattern: `${at}/{id}`, answer: remove },
  ];
}

async function inspected({ bytes, format }: Uploaded): Promise<MediaFacts> {
  try {
    return await inspect(bytes, format);
  } catch (cause) {
    if (!(cause instanceof MediaInvalid)) throw cause;
    throw new Refused("media_invalid", `This is no right ${formats[format].name} file. ${cause.message}`, { cause });
  }
}

/** As its owner calls it, for lists only: it stands in no address and no header. */
function nameFor({ url }: Visit, { format }: MediaFacts): string {
  const given = (url.searchParams.get("name") ?? "").trim();
  if (given.length > longestName)
    throw new Refused("parameter_invalid", `A name has at most ${longestName} characters.`);
  return given || `${formats[format].kind}.${format}`;
}

function full(most: number): Refused {
  const mb = Math.floor(most / 1024 / 1024);
  return new Refused(
    "media_full",
    `A channel's files may have ${mb} MB together, and be ${mostFiles}. Remove some first.`,
  );
}
