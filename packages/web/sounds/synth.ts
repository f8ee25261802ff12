/**
 * A small synthesiser: pure arithmetic on 48 kHz samples, seeded, so that the same notes give the same bytes on every
 * machine that computes doubles alike. Every voice adds itself to a track and ends in silence.
 */
export const sampleRate = 48_000;

/** One channel of sound, from -1 to 1. */
export type Track = Float64Array<ArrayBuffer>;

/** Numbers from 0 to 1 in an order that its seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Silence of so many seconds. */
export function silence(seconds: number): Track {
  return new Float64Array(Math.round(seconds * sampleRate));
}

/** Hertz of a note such as "F#4", A4 being 440. */
export function hertz(note: string): number {
  const [, letter = "", sharp, octave] = /^([A-G])(#?)(\d)$/.exec(note) ?? [];
  const steps = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }[letter] ?? Number.NaN;
  return 440 * 2 ** ((steps + (sharp ? 1 : 0) - 9) / 12 + Number(octave) - 4);
}

/** When a voice sounds, in seconds, and how loudly. */
export interface Note {
  readonly at: number;
  readonly lasts: number;
  readonly gain: number;
}

/** Adds `wave(t)` for the time of the note, `t` being seconds since it began, swelling within `attack` seconds. */
export function add(track: Track, { at, lasts, gain }: Note, wave: (t: number) => number, attack = 0.002): void {
  const first = Math.round(at * sampleRate);
  const last = Math.min(track.length, first + Math.round(lasts * sampleRate));
  for (let i = first; i < last; i++) {
    const t = (i - first) / sampleRate;
    const edges = Math.min(1, t / attack, (lasts - t) / 0.01);
    track[i] = (track[i] ?? 0) + gain * edges * wave(t);
  }
}

/** Partials of a tone, each `[multiple, loudness, seconds to a third]`: a struck bar, a soft key, a bell. */
export function partials(
  frequency: number,
  parts: readonly (readonly [number, number, number])[],
): (t: number) => number {
  return (t) => {
    let sum = 0;
    for (const [multiple, loudness, fade] of parts) {
      sum += loudness * Math.exp(-t / fade) * Math.sin(2 * Math.PI * frequency * multiple * t);
    }
    return sum;
  };
}

/** A bell: one sine bends another, less and less. */
export function bell(frequency: number, fade: number): (t: number) => number {
  return (t) => {
    const bend = 2.2 * Math.exp((-t * 3) / fade) * Math.sin(2 * Math.PI * frequency * 3.5 * t);
    return Math.exp(-t / fade) * Math.sin(2 * Math.PI * frequency * t + bend);
  };
}

/** A pulse of the given width with no partial above hearing, hence without the whistling of a naive one. */
export function pulse(frequency: number, width: number, fade: number): (t: number) => number {
  const highest = Math.min(40, Math.floor(16_000 / frequency));
  const loudness = Array.from({ length: highest }, (_, k) => Math.sin(Math.PI * (k + 1) * width) / (k + 1));
  return (t) => {
    const angle = 2 * Math.PI * frequency * t;
    const sum = loudness.reduce((total, share, k) => total + share * Math.cos((k + 1) * angle), 0);
    return sum * Math.exp(-t / fade);
  };
}

/** A plucked string (Karplus and Strong). The delay line is read between its samples, or notes would be out of tune. */
export function pluck(frequency: number, fade: number, random: () => number): (t: number) => number {
  const period = sampleRate / frequency - 0.5;
  const whole = Math.floor(period);
  const between = period - whole;
  const noise = Array.from({ length: whole + 1 }, () => random() * 2 - 1);
  // A pick is softer than noise, and pulls the string to no side.
  const soft = noise.map((value, i) => (value + (noise[i - 1] ?? value)) / 2);
  const mean = soft.reduce((sum, value) => sum + value, 0) / soft.length;
  const line = soft.map((value) => value - mean);
  const loss = 0.001 ** (1 / (fade * frequency));
  let next = 0;
  let before = 0;
  return () => {
    const older = line[next] ?? 0;
    const old = line[(next + 1) % line.length] ?? 0;
    const read = old + (older - old) * between;
    line[next] = (loss * (read + before)) / 2;
    before = read;
    next = (next + 1) % line.length;
    return read;
  };
}

/** Noise through a resonant band whose centre glides from one frequency to another. */
export function sweep(from: number, to: number, lasts: number, random: () => number): (t: number) => number {
  let low = 0;
  let band = 0;
  return (t) => {
    const cutoff = 2 * Math.sin((Math.PI * from * (to / from) ** Math.min(1, t / lasts)) / sampleRate);
    low += cutoff * band;
    band += cutoff * (random() * 2 - 1 - low - 0.6 * band);
    return band * Math.sin(Math.PI * Math.min(1, t / lasts));
  };
}

/** A falling sine: a low hit. */
export function drop(from: number, to: number, fade: number): (t: number) => number {
  let phase = 0;
  return (t) => {
    phase += (to + (from - to) * Math.exp(-t / 0.05)) / sampleRate;
    return Math.exp(-t / fade) * Math.sin(2 * Math.PI * phase);
  };
}

/** A room: four combs side by side, then two all-passes (Schroeder). The two ears hear delays that differ by `spread`. */
export function room(dry: Track, wet: number, seconds: number, spread: number): Track {
  const reverb = new Float64Array(dry.length);
  for (const delay of [0.0297, 0.0371, 0.0411, 0.0437]) {
    const samples = Math.round((delay + spread) * sampleRate);
    const feedback = 0.001 ** ((delay + spread) / seconds);
    const comb = new Float64Array(dry.length);
    for (let i = 0; i < dry.length; i++)
      comb[i] = (dry[i] ?? 0) + (i < samples ? 0 : feedback * (comb[i - samples] ?? 0));
    for (let i = 0; i < dry.length; i++) reverb[i] = (reverb[i] ?? 0) + (comb[i] ?? 0) / 4;
  }
  const diffuse = [0.005, 0.0017].reduce((track, delay) => allPass(track, Math.round(delay * sampleRate)), reverb);
  return dry.map((sample, i) => sample + wet * (diffuse[i] ?? 0));
}

function allPass(track: Track, samples: number): Track {
  const gain = 0.7;
  const out = new Float64Array(track.length);
  for (let i = 0; i < track.length; i++) {
    const earlier = i < samples ? 0 : (track[i - samples] ?? 0) + gain * (out[i - samples] ?? 0);
    out[i] = earlier - gain * (track[i] ?? 0);
  }
  return out;
}
