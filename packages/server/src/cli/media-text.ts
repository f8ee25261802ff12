import type { MediaInfo } from "@tipwire/client";

/** "PNG, 640 × 480, 1.2 MB", "MP3, 3.2 s, 50 KB". */
export function describedMedia({ format, width, height, milliseconds, bytes }: MediaInfo): string {
  const size = width === null ? `${((milliseconds ?? 0) / 1000).toFixed(1)} s` : `${width} × ${height}`;
  return [format.toUpperCase(), size, sizeText(bytes)].join(", ");
}

/** "812 bytes", "50 KB", "1.2 MB". */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kb = bytes / 1024;
  return kb < 1000 ? `${Math.round(kb)} KB` : `${(kb / 1024).toFixed(1)} MB`;
}
