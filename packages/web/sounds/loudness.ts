/** How loud something sounds, by ITU-R BS.1770-5: K-weighting, then mean squares, in LUFS. For 48 kHz only. */
import { sampleRate, type Track } from "./synth.ts";

/** Coefficients b0 b1 b2 a1 a2 of both stages for 48 kHz, from the recommendation's tables 1 and 2. */
const headStage = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585] as const;
const lowCutStage = [1, -2, 1, -1.99004745483398, 0.99007225036621] as const;

/** The loudest 400 ms (the recommendation's gating block, a new one every 100 ms). What is shorter is heard with silence. */
export function loudestMoment(channels: readonly Track[]): number {
  const step = 0.1 * sampleRate;
  const steps = channels.map((track) => energies(biquad(biquad(track, headStage), lowCutStage), step));
  const sums = (steps[0] ?? []).map((_, i) => steps.reduce((sum, energy) => sum + (energy[i] ?? 0), 0));
  const blocks = sums.map((_, i) => sums.slice(i, i + 4).reduce((sum, energy) => sum + energy, 0) / (4 * step));
  return -0.691 + 10 * Math.log10(Math.max(...blocks));
}

/** The sum of squares of each stretch of so many samples. */
function energies(track: Track, step: number): readonly number[] {
  const sums = new Array<number>(Math.ceil(track.length / step)).fill(0);
  track.forEach((sample, i) => {
    const stretch = Math.floor(i / step);
    sums[stretch] = (sums[stretch] ?? 0) + sample ** 2;
  });
  return sums;
}

/** The highest sample, in dB below full scale. */
export function peak(channels: readonly Track[]): number {
  const highest = Math.max(
    ...channels.map((track) => track.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)),
  );
  return 20 * Math.log10(highest);
}

function biquad(track: Track, [b0, b1, b2, a1, a2]: readonly [number, number, number, number, number]): Track {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return track.map((x) => {
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}
