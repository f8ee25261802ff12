/** The bodies of the `/v1` addresses of uploaded files. `docs/api.md` describes them. */

/** A picture, video or sound that a channel has of its own. */
export interface MediaInfo {
  /** What settings name it by. */
  readonly id: string;
  readonly name: string;
  readonly kind: "image" | "video" | "sound";
  readonly format: "png" | "jpeg" | "webp" | "gif" | "webm" | "mp3" | "wav" | "ogg";
  readonly bytes: number;
  /** Pixels; `null` of a sound. */
  readonly width: number | null;
  readonly height: number | null;
  /** How long a sound is; `null` of a picture or video. */
  readonly milliseconds: number | null;
  readonly url: string;
  readonly addedAt: string;
  readonly by: string;
  /** Stages that show or play it: "main" on stream, "main (draft)". */
  readonly usedBy: readonly string[];
}

export interface MediaListInfo {
  /** The oldest first. */
  readonly files: readonly MediaInfo[];
  /** Of all of them together, and how many there may be. */
  readonly bytes: number;
  readonly most: number;
}
