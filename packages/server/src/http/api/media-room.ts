import { Refused } from "../../core/errors.ts";
import { formats } from "../../media/formats.ts";
import type { MediaFile, MediaFiles } from "../../media/media-files.ts";
import type { StageSettings } from "../../stage/settings.ts";
import type { SettingsVersions } from "../../stage/settings-versions.ts";
import type { Stages } from "../../stage/stages.ts";
import type { ApiRoom } from "./room.ts";

/** What the addresses of uploaded files work with. */
export interface MediaRoom extends ApiRoom {
  readonly media: MediaFiles;
  readonly stages: Stages;
  readonly settings: SettingsVersions;
  /** Bytes that a channel's files may have together. */
  readonly mediaBytes: number;
  /** Where browsers find this server, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** By file: where the channel's stages show or play it, "main" on stream, "main (draft)". */
export async function usesOf({ stages, settings }: MediaRoom, channel: number): Promise<ReadonlyMap<string, string[]>> {
  const uses = new Map<string, string[]>();
  for (const { id, name, settingsVersion } of await stages.ofChannel(channel)) {
    const versions = await settings.list(id);
    // The draft, which has no number yet, comes last.
    for (const saved of versions.toSorted((one, other) => other.version - one.version)) {
      if (saved.version !== 0 && saved.version !== settingsVersion) continue;
      const where = saved.version === 0 ? `${name} (draft)` : name;
      for (const file of new Set(filesOf(saved.settings))) uses.set(file, [...(uses.get(file) ?? []), where]);
    }
  }
  return uses;
}

/** Throws `field_invalid` where settings name a file that the channel does not have, or that is of another kind. */
export async function checkFiles(media: MediaFiles, channel: number, { look }: StageSettings): Promise<void> {
  const { picture, sound } = look;
  if (picture.kind !== "upload" && sound.kind !== "upload") return;
  const kinds = new Map((await media.ofChannel(channel)).map(({ id, format }) => [id, formats[format].kind]));
  const refuse = (field: string, what: string) => {
    throw new Refused("field_invalid", `look.${field}: this channel has no uploaded ${what} with that id.`);
  };
  if (picture.kind === "upload" && !["image", "video"].includes(kinds.get(picture.file) ?? "")) {
    refuse("picture", "picture or video");
  }
  if (sound.kind === "upload" && kinds.get(sound.file) !== "sound") refuse("sound", "sound");
}

/** The address at which pages ask for it. */
export function addressOf({ publicUrl }: MediaRoom, { id }: Pick<MediaFile, "id">): string {
  return `${publicUrl()}/media/${id}`;
}

function filesOf({ look }: StageSettings): readonly string[] {
  return [look.picture, look.sound].flatMap((each) => (each.kind === "upload" ? [each.file] : []));
}
