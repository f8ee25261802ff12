import { MediaInvalid } from "./bytes.ts";

/** Pixels of a side: a decoded picture then takes 64 MB at most. */
const longestSide = 4096;
/** Frames of an animation, and pixels of all of them together: two minutes, or four seconds of full HD at 30 a second. */
const mostFrames = 1000;
const mostAnimated = 250_000_000;
/** Milliseconds of a sound: no alert stays for longer than two of them. */
const longestSound = 60_000;

/** Throws where a picture of that size is not to be decoded. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new MediaInvalid("It has no width or no height.");
  if (width > longestSide || height > longestSide) {
    throw new MediaInvalid(`It is ${width} × ${height} pixels; a side may have ${longestSide}.`);
  }
}

/** Counts what an animation costs. */
export class Frames {
  count = 0;
  #pixels = 0;

  add(width: number, height: number): void {
    this.count++;
    this.#pixels += width * height;
    if (this.count > mostFrames) throw new MediaInvalid(`It has more than ${mostFrames} frames.`);
    if (this.count > 1 && this.#pixels > mostAnimated) {
      throw new MediaInvalid("Its frames have too many pixels together: make it smaller, or shorter.");
    }
  }
}

/** Throws where a frame is not within its picture. */
export function checkFrame(
  frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  picture: { readonly width: number; readonly height: number },
): void {
  checkSize(frame.width, frame.height);
  if (frame.x + frame.width > picture.width || frame.y + frame.height > picture.height) {
    throw new MediaInvalid("A frame of it is larger than the picture.");
  }
}

/** Throws where a sound is longer than any alert needs. Answers whole milliseconds. */
export function checkLength(seconds: number): number {
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds > longestSound) throw new MediaInvalid("It is longer than a minute.");
  return milliseconds;
}

/** Counts the parts of a file: a million empty ones would keep everybody waiting. */
export class Pieces {
  readonly #most: number;
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(count = 1): void {
    this.#count += count;
    if (this.#count > this.#most) throw new MediaInvalid("It consists of too many pieces.");
  }
}
