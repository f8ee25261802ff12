import type { Alert } from "./alert.ts";
import type { PageOutlet } from "./pages.ts";
import type { How, StageState } from "./stage.ts";
import type { StoredView } from "./stages.ts";

/** Tells one page what the stage says, and only what it was not told before. */
export class Presenter {
  readonly #outlet: PageOutlet;
  readonly #screen: number;
  readonly #copy: string;
  /** What the page plays as far as is known here. */
  #playing: string | null;
  /** Whether it was told so over this connection. */
  #told: string | null = null;
  #settings = -1;
  #keys: number | undefined;
  #sound = "";
  #panic = false;
  #isSilent = false;

  /** `playing`: what the page said that it plays already. */
  constructor(outlet: PageOutlet, screen: number, copy: string, playing: string | null) {
    this.#outlet = outlet;
    this.#screen = screen;
    this.#copy = copy;
    this.#playing = playing;
  }

  /** Whether it is to play something just now. */
  get isPlaying(): boolean {
    return this.#told !== null && !this.#isSilent;
  }

  /** The connection is gone: nothing is told any more. */
  silence(): void {
    this.#isSilent = true;
  }

  ping(): void {
    if (!this.#isSilent) this.#outlet.ping();
  }

  noted(showing: string, report: "started" | "finished" | "failed"): void {
    if (!this.#isSilent) this.#outlet.noted(showing, report);
  }

  screenGone(): void {
    if (!this.#isSilent) this.#outlet.screenGone();
    this.#isSilent = true;
  }

  /** Settings and sound. */
  prepare({ row, settings, state: { muted, volume, screens } }: StoredView): void {
    if (this.#isSilent) return;
    if (screens.every(({ id }) => id !== this.#screen)) {
      this.screenGone();
      return;
    }
    if (this.#settings !== row.settingsVersion) this.#outlet.settings(row.settingsVersion, settings.look);
    this.#settings = row.settingsVersion;
    if (this.#keys !== undefined && this.#keys !== row.keysVersion) this.#outlet.keysChanged();
    this.#keys = row.keysVersion;
    const sound = `${muted}/${volume}`;
    if (this.#sound !== sound) this.#outlet.sound(muted, volume);
    this.#sound = sound;
  }

  /** `alert`: the one on the stage. */
  present(view: StoredView, alert: Alert | undefined): void {
    if (this.#isSilent) return;
    this.prepare(view);
    const { state, settings } = view;
    const part = state.showing?.parts.find(({ screen }) => screen === this.#screen);
    const isOurs = part?.copy === this.#copy && (part.status === "sent" || part.status === "started");
    if (state.showing !== null && alert !== undefined && isOurs) {
      this.#playing = state.showing.id;
      if (this.#told === state.showing.id) return;
      this.#told = state.showing.id;
      this.#outlet.show({
        showing: state.showing.id,
        event: alert.event,
        content: alert.content,
        sound: state.showing.sound === this.#screen,
        least: settings.time.least[alert.content.tier] * 1000,
        most: settings.time.most * 1000,
      });
      return;
    }
    this.#hide(state, part?.copy);
  }

  #hide(state: StageState, playedBy: string | undefined): void {
    this.#told = null;
    if (state.mode === "panic" && !this.#panic) {
      this.#outlet.hide(null, "panic");
      this.#playing = null;
    } else if (this.#playing !== null) {
      const how = this.#howItEnded(state, this.#playing, playedBy);
      if (how !== "finished") {
        this.#outlet.hide(this.#playing, how);
        this.#playing = null;
      }
    }
    this.#panic = state.mode === "panic";
  }

  /** What this page plays is on the stage no more, or no more for it. */
  #howItEnded(state: StageState, playing: string, playedBy: string | undefined): How {
    if (state.showing?.id === playing) return playedBy === this.#copy ? "finished" : "moved";
    if (state.last?.showing !== playing) return "moved";
    if (state.last.how !== "finished") return state.last.how;
    const leader = state.screens.find(({ id }) => id === this.#screen)?.leader?.copy ?? this.#copy;
    return leader === this.#copy && state.last.begunBy.includes(this.#copy) ? "finished" : "moved";
  }
}
