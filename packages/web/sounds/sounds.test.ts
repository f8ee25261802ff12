import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type Intensity, targets } from "./levels.ts";
import { loudestMoment, peak } from "./loudness.ts";
import { render, type Sound, soundNames } from "./motifs.ts";
import { add, hertz, pluck, sampleRate, seeded, silence, type Track } from "./synth.ts";

const sounds = soundNames.map(render);
const intensity = ({ name }: Sound) => Number(name.at(-1)) as Intensity;
const both = ({ left, right }: Sound) => [left, right];
const lengths: Readonly<Record<Intensity, readonly [number, number]>> = { 1: [0.8, 1.8], 2: [1.1, 2.6], 3: [1.8, 3.8] };

describe("the fifteen sounds", () => {
  test("five looks, three intensities", () => {
    expect(new Set(soundNames).size).toBe(15);
    expect(soundNames.filter((name) => name.startsWith("wire-"))).toEqual(["wire-1", "wire-2", "wire-3"]);
  });

  for (const sound of sounds) {
    test(`${sound.name} is as loud, as long and as clean as it should be`, () => {
      expect(Math.abs(loudestMoment(both(sound)) - targets[intensity(sound)])).toBeLessThanOrEqual(0.5);
      expect(peak(both(sound))).toBeLessThanOrEqual(-3);
      const [shortest, longest] = lengths[intensity(sound)];
      expect(sound.left.length / sampleRate).toBeWithin(shortest, longest + 0.001);
      for (const track of both(sound)) {
        expect(Math.abs(track[0] ?? 1)).toBeLessThan(0.001);
        expect(Math.abs(track.at(-1) ?? 1)).toBe(0);
        expect(Math.abs(track.reduce((sum, sample) => sum + sample, 0) / track.length)).toBeLessThan(0.001);
        expect(track.every(Number.isFinite)).toBe(true);
      }
    });
  }

  test("are the same on every machine", () => {
    const hashes = Object.fromEntries(sounds.map((sound) => [sound.name, hashOf(both(sound))]));
    expect(hashes).toMatchSnapshot();
    expect(hashOf(both(render("velvet-3")))).toBe(hashes["velvet-3"] ?? "");
  });
});

describe("the meter", () => {
  test("hears a sine at 997 Hz of 0 dB in one ear as -3.01 LUFS, as the recommendation says", () => {
    expect(loudestMoment([sine(997, 1)])).toBeCloseTo(-3.01, 1);
    expect(loudestMoment([sine(997, 0.1), sine(997, 0.1)])).toBeCloseTo(-20, 1);
  });

  test("hears bass less", () => {
    expect(loudestMoment([sine(30, 1)])).toBeLessThan(loudestMoment([sine(997, 1)]) - 6);
  });
});

test("a plucked string is within three cents of its note", () => {
  for (const note of ["D3", "A4", "D5", "A5"]) {
    const track = silence(1);
    add(track, { at: 0, lasts: 1, gain: 1 }, pluck(hertz(note), 1.6, seeded(7)));
    const cents = 1200 * Math.log2(loudestFrequency(track, hertz(note)) / hertz(note));
    expect(Math.abs(cents)).toBeLessThan(3);
  }
});

/** In sixteen bits: what a listener gets, and what another processor's last bit of a sine does not change. */
function hashOf(tracks: readonly Track[]): string {
  const hash = createHash("sha256");
  for (const track of tracks) hash.update(Int16Array.from(track, (sample) => Math.round(sample * 32_767)));
  return hash.digest("hex").slice(0, 16);
}

function sine(frequency: number, gain: number): Track {
  return silence(1).map((_, i) => gain * Math.sin((2 * Math.PI * frequency * i) / sampleRate));
}

/** The frequency near `about` that the track correlates with best, to half a cent. */
function loudestFrequency(track: Track, about: number): number {
  let [best, loudest] = [0, 0];
  for (let cents = -40; cents <= 40; cents += 0.5) {
    const frequency = about * 2 ** (cents / 1200);
    let [real, imaginary] = [0, 0];
    for (let i = 0; i < track.length; i += 4) {
      const angle = (2 * Math.PI * frequency * i) / sampleRate;
      real += (track[i] ?? 0) * Math.cos(angle);
      imaginary += (track[i] ?? 0) * Math.sin(angle);
    }
    const strength = Math.hypot(real, imaginary);
    if (strength > loudest) [best, loudest] = [frequency, strength];
  }
  return best;
}
