export type MediaKind = "image" | "video" | "sound";

const MB = 1024 * 1024;

/** The formats that can be uploaded: what each is, and how many bytes it may have. */
export const formats = {
  png: { kind: "image", contentType: "image/png", most: 10 * MB, name: "PNG" },
  jpeg: { kind: "image", contentType: "image/jpeg", most: 10 * MB, name: "JPEG" },
  webp: { kind: "image", contentType: "image/webp", most: 10 * MB, name: "WebP" },
  gif: { kind: "image", contentType: "image/gif", most: 10 * MB, name: "GIF" },
  webm: { kind: "video", contentType: "video/webm", most: 30 * MB, name: "WebM" },
  mp3: { kind: "sound", contentType: "audio/mpeg", most: 5 * MB, name: "MP3" },
  wav: { kind: "sound", contentType: "audio/wav", most: 5 * MB, name: "WAV" },
  ogg: { kind: "sound", contentType: "audio/ogg", most: 5 * MB, name: "Ogg" },
} as const satisfies Record<string, FormatTraits>;

interface FormatTraits {
  readonly kind: MediaKind;
  readonly contentType: string;
  readonly most: number;
  readonly name: string;
}

export type Format = keyof typeof formats;

/** The id of a file with that SHA-256 in hex: 160 bits that name its bytes and tell nothing of them. */
export function mediaId(digest: string): string {
  return digest.slice(0, 40);
}

/** Whether a text could be such an id. */
export const mediaIdForm = /^[0-9a-f]{40}$/;
