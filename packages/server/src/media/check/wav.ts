import { checkLength } from "./bounds.ts";
import { Bytes, MediaInvalid } from "./bytes.ts";
import { readRiff } from "./riff.ts";

const [pcm, float, extensible] = [1, 3, 0xfffe];

/** Walks every chunk of a WAV; its samples are plain numbers, and as many as fit. */
export function checkWav(file: Uint8Array): { readonly milliseconds: number } {
  let shape: Shape | undefined;
  let samples: number | undefined;
  for (const { id, data } of readRiff(file, "WAVE")) {
    if (id === "fmt ") {
      if (shape !== undefined) throw new MediaInvalid("Its parts are not in order.");
      shape = readShape(data);
    } else if (id === "data") {
      if (shape === undefined || samples !== undefined) throw new MediaInvalid("Its parts are not in order.");
      if (data.length % shape.bytesPerSample !== 0) throw new MediaInvalid("It ends in the middle of a sample.");
      samples = data.length / shape.bytesPerSample;
    }
  }
  if (shape === undefined || !samples) throw new MediaInvalid("There is no sound in it.");
  return { milliseconds: checkLength(samples / shape.rate) };
}

interface Shape {
  readonly rate: number;
  /** Of all channels together. */
  readonly bytesPerSample: number;
}

function readShape(data: Uint8Array): Shape {
  const bytes = new Bytes(data);
  const [tag, channels, rate] = [bytes.u16(true), bytes.u16(true), bytes.u32(true)];
  bytes.skip(4);
  const [bytesPerSample, bits] = [bytes.u16(true), bytes.u16(true)];
  if (tag === extensible) bytes.skip(8);
  const coding = tag === extensible ? bytes.u16(true) : tag;
  const isPlain = (coding === pcm && [8, 16, 24, 32].includes(bits)) || (coding === float && bits === 32);
  if (!isPlain) throw new MediaInvalid("Its samples are packed; save it as PCM.");
  if (channels < 1 || channels > 2) throw new MediaInvalid("It is neither mono nor stereo.");
  if (rate < 8000 || rate > 192_000) throw new MediaInvalid("Its sample rate is not from 8 to 192 kHz.");
  if (bytesPerSample !== (channels * bits) / 8) throw new MediaInvalid("Its samples are not as large as it says.");
  return { rate, bytesPerSample };
}
