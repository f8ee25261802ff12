import type { LookSettings, OverlayShow } from "@tipwire/client";
import { type Play, play } from "../alert/play.ts";
import { nothingLater } from "../alert/ready.ts";
import { sayAlert } from "../alert/say.ts";
import type { AlertStage } from "../alert/stage.ts";
import { pageEnds } from "../alert/timing.ts";
import { lookTraits } from "../looks/looks.ts";
import { type PreparedSound, type Sounds, soundsOf } from "../sounds.ts";

export interface ShowingListener {
  /** Its first frame was painted. */
  started(): void;
  /** It left by itself, after so many milliseconds on screen. */
  finished(shown: number): void;
  failed(reason: string): void;
}

/** One alert's turn on this screen. A turn that was stopped says nothing more. */
export class Showing {
  readonly id: string;
  readonly #listener: ShowingListener;
  #play: Play | undefined;
  #silence = () => {};
  #stopped = false;

  constructor(show: OverlayShow, settings: LookSettings, stage: AlertStage, sounds: Sounds, listener: ShowingListener) {
    this.id = show.showing;
    this.#listener = listener;
    this.#run(show, settings, stage, sounds).catch((fault: unknown) => {
      if (!this.#stopped) listener.failed(String(fault).slice(0, 200));
    });
  }

  stop(how: "leave" | "now"): void {
    this.#stopped = true;
    this.#silence();
    this.#play?.stop(how);
  }

  async #run(show: OverlayShow, settings: LookSettings, stage: AlertStage, sounds: Sounds): Promise<void> {
    const locale = settings.language ?? navigator.language;
    const { entrance, exit } = lookTraits[settings.look];
    const [alert, sound] = await Promise.all([
      stage.build(sayAlert(show.showing, show.alert, settings, locale), settings, show.alert.tier, locale),
      show.sound ? prepare(sounds, settings, show) : undefined,
    ]);
    if (this.#stopped) return alert.remove();
    const lasting = sound === undefined ? 0 : sound.milliseconds + settings.soundDelayMs;
    const { lengths } = alert;
    const ends = pageEnds({ entrance, lengths, sound: lasting, least: show.least, most: show.most - exit });
    this.#play = play(alert, ends, exit);
    this.#silence = sound?.play(settings.soundVolume, settings.soundDelayMs) ?? this.#silence;
    await this.#play.painted;
    const began = performance.now();
    if (this.#stopped) return;
    this.#listener.started();
    const toTheEnd = await this.#play.over;
    this.#silence();
    if (toTheEnd) this.#listener.finished(Math.round(performance.now() - began));
  }
}

/** A sound that is slow to come is not waited for: the alert is not late because of it. */
async function prepare(sounds: Sounds, settings: LookSettings, show: OverlayShow): Promise<PreparedSound | undefined> {
  const wanted = soundsOf(settings, show.alert.tier).map((sound) => nothingLater(sounds.prepare(sound)));
  return (await Promise.all(wanted)).find((sound) => sound !== undefined);
}
