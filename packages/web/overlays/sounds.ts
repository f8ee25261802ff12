import type { LookSettings, Tier } from "@tipwire/client";
import { type Intensity, targets } from "../sounds/levels.ts";
import { fetchFile, mediaAddress } from "./files.ts";
import { gainTo, type Measured, measure } from "./level.ts";

const intensities: Readonly<Record<Tier, Intensity>> = { small: 1, medium: 2, big: 2, huge: 3 };
/** Seconds in which a sound that is stopped fades: without it there would be a click. */
const fade = 0.02;
/** Sounds that are kept ready. */
const mostRead = 8;

/** Where a sound is to be had. */
export interface SoundFile {
  readonly address: string;
  /** LUFS that its loudest moment is to have; undefined where it is as loud as it should be. */
  readonly target?: number;
}

/** The sounds of an alert, the first one that can be had is played: a creator's own, the look's. None where it is silent. */
export function soundsOf({ look, sound }: Pick<LookSettings, "look" | "sound">, tier: Tier): readonly SoundFile[] {
  if (sound.kind === "none") return [];
  const intensity = intensities[tier];
  const builtIn = { address: `/assets/${look}-${intensity}.mp3` };
  if (sound.kind !== "upload") return [builtIn];
  return [{ address: mediaAddress(sound.file), target: targets[intensity] }, builtIn];
}

/** A sound that was read and can be played. */
export interface PreparedSound {
  readonly milliseconds: number;
  /**
   * `volume` 0 to 100, `delay` in milliseconds. Returns how to stop it, to be called at the latest when its alert has left.
   */
  play(volume: number, delay: number): () => void;
}

/**
 * Plays sounds, all behind one volume that acts at once. The audio context sleeps while nothing sounds, and is made anew
 * should the browser have closed it: overlays stay open for days.
 */
export class Sounds {
  #context: AudioContext | undefined;
  #master: GainNode | undefined;
  #level = 1;
  #playing = 0;
  readonly #read = new Map<string, Promise<ReadSound>>();

  /** Of everything, also of what sounds now. */
  setLevel(muted: boolean, volume: number): void {
    this.#level = muted ? 0 : loudness(volume);
    if (this.#master !== undefined) this.#master.gain.value = this.#level;
  }

  /** Whether the browser lets it sound: in a tab it may want a click first. */
  get blocked(): boolean {
    return this.#context?.state === "suspended" && this.#playing > 0;
  }

  /** To be called from a click. */
  unblock(): void {
    void this.#running().resume();
  }

  /** Reads a sound; undefined if it cannot be had. */
  async prepare({ address, target }: SoundFile): Promise<PreparedSound | undefined> {
    try {
      const { buffer, measured } = await this.#sound(address, target !== undefined);
      const level = target === undefined || measured === undefined ? 1 : gainTo(target, measured);
      return {
        milliseconds: buffer.duration * 1000,
        play: (volume, delay) => this.#play(this.#running(), buffer, level * loudness(volume), delay / 1000),
      };
    } catch {
      this.#read.delete(address);
      return undefined;
    }
  }

  #play(context: AudioContext, buffer: AudioBuffer, volume: number, delay: number): () => void {
    const source = new AudioBufferSourceNode(context, { buffer });
    const gain = new GainNode(context, { gain: volume });
    source.connect(gain).connect(this.#master as GainNode);
    this.#playing++;
    void context.resume();
    let over = false;
    source.onended = () => {
      over = true;
      gain.disconnect();
      this.#playing--;
      if (this.#playing === 0) void context.suspend();
    };
    source.start(context.currentTime + delay);
    return () => {
      if (over) return;
      if (context.state !== "running") return this.#drop(context);
      gain.gain.setTargetAtTime(0, context.currentTime, fade / 3);
      source.stop(context.currentTime + fade);
    };
  }

  /** What waits in a context that the browser holds back never ends, and all of it would sound at the first click. */
  #drop(context: AudioContext): void {
    if (context.state !== "closed") void context.close();
    if (this.#context === context) this.#context = undefined;
  }

  #running(): AudioContext {
    if (this.#context === undefined || this.#context.state === "closed") {
      this.#context = new AudioContext();
      this.#master = new GainNode(this.#context, { gain: this.#level });
      this.#master.connect(this.#context.destination);
      this.#playing = 0;
    }
    return this.#context;
  }

  #sound(address: string, measured: boolean): Promise<ReadSound> {
    let sound = this.#read.get(address);
    if (sound !== undefined) return sound;
    if (this.#read.size >= mostRead) this.#read.clear();
    sound = readSound(address, this.#running(), measured);
    this.#read.set(address, sound);
    return sound;
  }
}

interface ReadSound {
  readonly buffer: AudioBuffer;
  readonly measured: Measured | undefined;
}

async function readSound(address: string, context: AudioContext, measured: boolean): Promise<ReadSound> {
  const file = await fetchFile(address);
  const buffer = await context.decodeAudioData(await file.arrayBuffer());
  return { buffer, measured: measured ? await measure(buffer) : undefined };
}

/** Ears hear by ratios: half of the slider is a quarter of the power. */
function loudness(volume: number): number {
  return (volume / 100) ** 2;
}
