import { loudestBlock, meteredRate, peak, weighting } from "../sounds/loudness.ts";

/** What an own sound was measured to be. */
export interface Measured {
  /** LUFS of its loudest 400 ms; -Infinity of silence. */
  readonly loudest: number;
  /** Its highest sample, in dB below full scale. */
  readonly peak: number;
}

/** dB below full scale that no own sound goes beyond: what is louder would be clipped. */
const highest = -1;
/** dB by which a quiet one is raised at most: beyond, its noise would be heard. */
const mostGain = 30;

/** How loud a sound is, as the built-in ones are measured. The browser weights it beside the page, which goes on meanwhile. */
export async function measure(buffer: AudioBuffer): Promise<Measured> {
  const { numberOfChannels, duration } = buffer;
  const context = new OfflineAudioContext(numberOfChannels, Math.ceil(duration * meteredRate), meteredRate);
  const source = new AudioBufferSourceNode(context, { buffer });
  const filters = weighting.map(
    ([b0, b1, b2, a1, a2]) => new IIRFilterNode(context, { feedforward: [b0, b1, b2], feedback: [1, a1, a2] }),
  );
  filters.reduce<AudioNode>((before, filter) => before.connect(filter), source).connect(context.destination);
  source.start();
  const weighted = await context.startRendering();
  return { loudest: loudestBlock(channelsOf(weighted)), peak: peak(channelsOf(buffer)) };
}

/** The factor that makes its loudest moment `target` LUFS, as far as it is not clipped then. */
export function gainTo(target: number, { loudest, peak }: Measured): number {
  if (!Number.isFinite(loudest)) return 1;
  return 10 ** (Math.min(target - loudest, highest - peak, mostGain) / 20);
}

function channelsOf(buffer: AudioBuffer): readonly Float32Array[] {
  return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
}
