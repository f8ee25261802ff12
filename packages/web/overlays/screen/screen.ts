import type {
  LookSettings,
  OverlayFrame,
  OverlayHide,
  OverlayShow,
  OverlayWelcome,
  ShowingReport,
} from "@tipwire/client";
import { defaultLook } from "../alert/default-look.ts";
import type { AlertStage } from "../alert/stage.ts";
import { type Sounds, soundsOf } from "../sounds.ts";
import { Reports } from "./reports.ts";
import { Showing } from "./showing.ts";
import { VisibleTime } from "./visible-time.ts";

export interface ScreenOptions {
  readonly stage: AlertStage;
  readonly sounds: Sounds;
  /** Hands a report over, if there is a connection. */
  readonly send: (report: ShowingReport) => void;
  /** The first frame of an alert was painted. */
  readonly started: () => void;
  /** Loads the page anew. */
  readonly reload: () => void;
}

const rememberedFinished = 50;

/** Does what the server says is to be on this screen, and reports what came of it. It needs no server while it plays. */
export class Screen {
  readonly reports = new Reports();
  readonly #options: ScreenOptions;
  #settings: LookSettings = defaultLook;
  #now: Showing | undefined;
  /** Shown to the end: should the server ask for one again, it missed the report. */
  #finished: readonly string[] = [];
  #visible = true;
  #visibleTime: VisibleTime | undefined;
  #build = "";
  #reloads = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  get playing(): string | null {
    return this.#now?.id ?? null;
  }

  /** Of the first server that this page heard. */
  get build(): string {
    return this.#build;
  }

  hear(frame: OverlayFrame): void {
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "settings") this.#use(frame.look);
    else if (frame.type === "sound") this.#options.sounds.setLevel(frame.muted, frame.volume);
    else if (frame.type === "show") this.#show(frame);
    else if (frame.type === "hide") this.#hide(frame);
    else if (frame.type === "noted") this.reports.noted(frame);
    this.#reloadIfIdle();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#visibleTime?.change(visible);
  }

  #welcome({ build }: OverlayWelcome): void {
    this.#build ||= build;
    if (build !== this.#build) this.#reloads = true;
  }

  #show(show: OverlayShow): void {
    if (this.#now?.id === show.showing || this.#finished.includes(show.showing)) return;
    this.#now?.stop("now");
    const visible = new VisibleTime(this.#visible);
    this.#visibleTime = visible;
    const now = () => ({ showing: show.showing, at: Date.now() });
    this.#now = new Showing(show, this.#settings, this.#options.stage, this.#options.sounds, {
      started: () => {
        this.#options.started();
        this.#report({ type: "started", ...now(), visible: this.#visible });
      },
      finished: (shown) =>
        this.#end({ type: "finished", ...now(), shown, visible: Math.min(shown, visible.milliseconds) }),
      failed: (reason) => this.#end({ type: "failed", ...now(), reason }),
    });
  }

  #hide({ showing, how }: OverlayHide): void {
    if (showing !== null && showing !== this.#now?.id) return;
    this.#now?.stop(how === "skip" ? "leave" : "now");
    this.#now = undefined;
  }

  #end(report: ShowingReport): void {
    this.#now = undefined;
    this.#finished = [...this.#finished, report.showing].slice(-rememberedFinished);
    this.#report(report);
  }

  #report(report: ShowingReport): void {
    this.reports.add(report);
    this.#options.send(report);
  }

  /** Between alerts, and not before the last report is stored: a page that is loaded anew remembers nothing. */
  #reloadIfIdle(): void {
    if (this.#reloads && this.#now === undefined && this.reports.all.length === 0) this.#options.reload();
  }

  /** From the next alert on. The look's typefaces, its sounds and what is the creator's own are there before it needs them. */
  #use(look: LookSettings): void {
    this.#settings = { ...defaultLook, ...look };
    this.#options.stage.prepare(this.#settings);
    const sounds = (["small", "medium", "huge"] as const).flatMap((tier) => soundsOf(this.#settings, tier));
    for (const sound of sounds) void this.#options.sounds.prepare(sound);
  }
}
