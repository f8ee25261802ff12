/** Renders the fifteen sounds and writes them as MP3: 160 kb/s, 48 kHz, stereo. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createMp3Encoder } from "wasm-media-encoders";
import { render, soundNames } from "./motifs.ts";
import { sampleRate } from "./synth.ts";

export async function buildSounds(dist: string): Promise<void> {
  const encoder = await createMp3Encoder();
  for (const name of soundNames) {
    const { left, right } = render(name);
    encoder.configure({ sampleRate, channels: 2, bitrate: 160 });
    const frames = Buffer.from(encoder.encode([Float32Array.from(left), Float32Array.from(right)]));
    await writeFile(join(dist, `${name}.mp3`), Buffer.concat([frames, encoder.finalize()]));
  }
}
