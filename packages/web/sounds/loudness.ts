/** How loud something sounds, by ITU-R BS.1770-5: K-weighting, then mean squares, in LUFS. For 48 kHz only. */

/** Samples of one channel, from -1 to 1. */
type Samples = Float32Array | Float64Array<ArrayBuffer>;

type Coefficients = readonly [b0: number, b1: number, b2: number, a1: number, a2: number];

export const meteredRate = 48_000;

/** Both stages of the K-weighting for 48 kHz, from the recommendation's tables 1 and 2. */
export const weighting: readonly [head: Coefficients, lowCut: Coefficients] = [
  [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
  [1, -2, 1, -1.99004745483398, 0.99007225036621],
];

/** The loudest 400 ms (the recommendation's gating block, a new one every 100 ms). What is shorter is heard with silence. */
export function loudestMoment(channels: readonly Float64Array<ArrayBuffer>[]): number {
  return loudestBlock(channels.map((channel) => weighting.reduce(biquad, channel)));
}

/** The same of channels that were K-weighted already. */
export function loudestBlock(weighted: readonly Samples[]): number {
  const step = 0.1 * meteredRate;
  const steps = weighted.map((samples) => energies(samples, step));
  const sums = (steps[0] ?? []).map((_, i) => steps.reduce((sum, energy) => sum + (energy[i] ?? 0), 0));
  const blocks = sums.map((_, i) => sums.slice(i, i + 4).reduce((sum, energy) => sum + energy, 0) / (4 * step));
  return -0.691 + 10 * Math.log10(Math.max(...blocks));
}

/** The sum of squares of each stretch of so many samples. */
function energies(samples: Samples, step: number): readonly number[] {
  const sums = new Array<number>(Math.ceil(samples.length / step)).fill(0);
  for (let i = 0, stretch = 0, end = step; i < samples.length; i++) {
    if (i === end) {
      stretch++;
      end += step;
    }
    sums[stretch] = (sums[stretch] ?? 0) + (samples[i] ?? 0) ** 2;
  }
  return sums;
}

/** The highest sample, in dB below full scale. */
export function peak(channels: readonly Samples[]): number {
  let highest = 0;
  for (const samples of channels) for (const sample of samples) highest = Math.max(highest, Math.abs(sample));
  return 20 * Math.log10(highest);
}

function biquad(samples: Float64Array<ArrayBuffer>, [b0, b1, b2, a1, a2]: Coefficients): Float64Array<ArrayBuffer> {
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  return samples.map((x) => {
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    return y;
  });
}
