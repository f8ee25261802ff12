/**
 * The fifteen built-in sounds: a motif for each look at three intensities (huge alerts use the third). All notes are of D
 * major pentatonic, so that sounds which overlap agree. Each is brought to the loudness of its intensity.
 */
import { type Intensity, targets } from "./levels.ts";
import { loudestMoment, peak } from "./loudness.ts";
import {
  add,
  bell,
  drop,
  hertz,
  partials,
  pluck,
  pulse,
  room,
  sampleRate,
  seeded,
  silence,
  sweep,
  type Track,
} from "./synth.ts";

export interface Sound {
  /** The look that it belongs to, and its intensity: `wire-2`. */
  readonly name: string;
  readonly left: Track;
  readonly right: Track;
}

/** Decibels below full scale which no sample exceeds. */
export const highestPeak = -3;

type Motif = (intensity: Intensity) => { readonly dry: Track; readonly wet: number; readonly seconds: number };

const lengths: Readonly<Record<Intensity, number>> = { 1: 1.5, 2: 2.2, 3: 3.2 };

const motifs: Readonly<Record<string, Motif>> = {
  wire(intensity) {
    const dry = silence(lengths[intensity]);
    const random = seeded(0x11 + intensity);
    const notes =
      [
        ["D4", "A4"],
        ["D4", "A4", "D5"],
        ["D3", "A3", "D4", "F#4", "A4", "D5", "A5"],
      ][intensity - 1] ?? [];
    for (const [i, note] of notes.entries()) {
      const at = i * (intensity === 3 ? 0.07 : 0.11);
      add(dry, { at, lasts: lengths[intensity] - at, gain: 0.5 }, pluck(hertz(note), 1.6, random));
    }
    const top = notes.at(-1) ?? "D5";
    add(dry, { at: notes.length * 0.07 + 0.05, lasts: 1, gain: 0.07 }, bell(hertz(top) * 2, 0.45));
    return { dry, wet: 0.22, seconds: 0.9 };
  },

  headline(intensity) {
    const dry = silence(lengths[intensity]);
    const random = seeded(0x22 + intensity);
    add(dry, { at: 0, lasts: 0.26, gain: 0.34 }, sweep(300, 5000, 0.24, random));
    add(dry, { at: 0.24, lasts: 0.7, gain: 0.55 }, drop(108, 48, 0.22));
    const chord = ["D4", "F#4", "A4", "D5"].slice(0, intensity + 1);
    const fade = 0.3 + 0.25 * intensity;
    for (const note of chord) {
      const tone = partials(hertz(note), [
        [1, 1, fade],
        [2, 0.35, fade * 0.6],
        [3, 0.18, fade * 0.4],
        [4, 0.08, fade * 0.3],
      ]);
      add(dry, { at: 0.26, lasts: lengths[intensity] - 0.26, gain: 0.16 }, tone, 0.006);
    }
    return { dry, wet: 0.2, seconds: 0.7 + 0.3 * intensity };
  },

  sticker(intensity) {
    const dry = silence(lengths[intensity]);
    add(dry, { at: 0, lasts: 0.12, gain: 0.4 }, drop(900, 300, 0.03));
    const run = ["D5", "F#5", "A5", "D6"];
    const notes = [run.slice(0, 3), run, [...run, "A5", "D6"]][intensity - 1] ?? run;
    for (const [i, note] of notes.entries()) {
      const bar = partials(hertz(note), [
        [1, 1, 0.3],
        [3.93, 0.28, 0.08],
        [9.2, 0.1, 0.03],
      ]);
      add(dry, { at: 0.06 + i * 0.085, lasts: 1.1, gain: 0.4 }, bar);
    }
    return { dry, wet: 0.16, seconds: 0.6 };
  },

  arcade(intensity) {
    const dry = silence(lengths[intensity] - 0.3);
    const fanfare = ["D5", "F#5", "A5", "D6"];
    const notes = [["A5", "D6"], fanfare, [...fanfare, "A5", "D6", "F#6", "A6"]][intensity - 1] ?? fanfare;
    for (const [i, note] of notes.entries()) {
      const last = i === notes.length - 1;
      add(dry, { at: i * 0.07, lasts: last ? 0.9 : 0.075, gain: 0.3 }, pulse(hertz(note), 0.25, last ? 0.28 : 0.4));
    }
    return { dry, wet: 0.08, seconds: 0.4 };
  },

  velvet(intensity) {
    const dry = silence(lengths[intensity] + 0.3);
    const chord =
      [
        ["D4", "A4"],
        ["D4", "F#4", "A4"],
        ["D4", "F#4", "A4", "E5"],
      ][intensity - 1] ?? [];
    for (const [i, note] of chord.entries()) {
      const soft = partials(hertz(note), [
        [1, 1, 0.9],
        [2, 0.22, 0.45],
        [3, 0.07, 0.25],
      ]);
      add(dry, { at: i * 0.035, lasts: lengths[intensity] - 0.2, gain: 0.3 }, soft, 0.018);
    }
    return { dry, wet: 0.42, seconds: 1.8 };
  },
};

export const soundNames: readonly string[] = Object.keys(motifs).flatMap((look) =>
  [1, 2, 3].map((i) => `${look}-${i}`),
);

/** Renders `wire-2`, at its loudness. Takes some tens of milliseconds. */
export function render(name: string): Sound {
  const [look = "", digit] = name.split("-");
  const intensity = Number(digit) as Intensity;
  const motif = motifs[look];
  if (motif === undefined) throw new RangeError(`There is no sound ${name}.`);
  const { dry, wet, seconds } = motif(intensity);
  const ears = [room(dry, wet, seconds, 0), room(dry, wet, seconds, 0.0011)].map(fadeOut);
  const [left, right] = level(ears, targets[intensity]) as [Track, Track];
  return { name, left, right };
}

/** The last 30 ms go down to nothing. */
function fadeOut(track: Track): Track {
  const fade = 0.03 * sampleRate;
  return track.map((sample, i) => sample * Math.min(1, (track.length - 1 - i) / fade));
}

/**
 * Brings both channels to the loudness. Where a peak would be too high it is bent softly, which costs a little loudness,
 * so the measuring is repeated.
 */
function level(channels: readonly Track[], target: number): readonly Track[] {
  const ceiling = 10 ** ((highestPeak - 0.5) / 20);
  let gain = 10 ** ((target - loudestMoment(channels)) / 20);
  const bent = () => channels.map((track) => track.map((sample) => soft(sample * gain, ceiling)));
  let levelled = bent();
  for (let miss = target - loudestMoment(levelled); Math.abs(miss) > 0.1; miss = target - loudestMoment(levelled)) {
    gain *= 10 ** (miss / 20);
    levelled = bent();
  }
  if (peak(levelled) > highestPeak) throw new RangeError("A sound exceeds its peak.");
  return levelled;
}

/** Straight up to two thirds of the ceiling, bent towards it above. */
function soft(sample: number, ceiling: number): number {
  const knee = ceiling * 0.66;
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  return Math.sign(sample) * (knee + (ceiling - knee) * Math.tanh((size - knee) / (ceiling - knee)));
}
