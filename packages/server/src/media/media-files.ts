import type { Format } from "./formats.ts";

/** What the bytes of a file turned out to be. */
export interface MediaFacts {
  readonly format: Format;
  /** Pixels; `null` of a sound. */
  readonly width: number | null;
  readonly height: number | null;
  /** How long a sound is; `null` of a picture or video. */
  readonly milliseconds: number | null;
}

/** A file that was checked and is to be kept. */
export interface NewMediaFile extends MediaFacts {
  readonly channel: number;
  /** Of its bytes (`mediaId`). */
  readonly id: string;
  /** As a person called it. */
  readonly name: string;
  /** Who uploaded it, as a person reads it. */
  readonly by: string;
}

export interface MediaFile extends NewMediaFile {
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly addedAt: number;
}

/** The bytes of a file stand in parts of this size, so that no transaction keeps an alert waiting. */
export const partBytes = 256 * 1024;

/** An upload that has not arrived whole after so many milliseconds was cut off: what it left behind is forgotten. */
export const arrivesWithin = 600_000;

/** Files that a channel may have, however small they are. */
export const mostFiles = 500;

/** Pictures, videos and sounds that creators have uploaded, by channel. */
export interface MediaFiles {
  /**
   * Keeps a file. `already`: the channel has these bytes. `full`: together its files would have more bytes than `most`, or
   * be more than `mostFiles`. Half a file is never found.
   */
  add(file: NewMediaFile, bytes: Uint8Array, most: number): Promise<"added" | "already" | "full">;
  /** The oldest first. */
  ofChannel(channel: number): Promise<readonly MediaFile[]>;
  /** The same bytes may be several channels': one of them. */
  find(id: string): Promise<MediaFile | undefined>;
  /** The part of `partBytes` with that number, from 0; the last one may be shorter. `undefined`: the file is gone. */
  part(file: MediaFile, number: number): Promise<Uint8Array | undefined>;
  /** `false`: there was none. */
  remove(channel: number, id: string): Promise<boolean>;
}

/** The parts of a file, in order. */
export function* partsOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let from = 0; from < bytes.length; from += partBytes) yield bytes.subarray(from, from + partBytes);
}
