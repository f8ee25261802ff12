import type { OverlayFrame, OverlayHello, OverlayMessage, OverlayShow } from "@tipwire/client";

export interface PageOptions {
  /** Of the server. */
  readonly url: string;
  /** The overlay's link, or its display key. */
  readonly link: string;
  readonly copy?: string;
  readonly obs?: boolean;
  readonly part?: OverlayHello["part"];
  readonly visible?: boolean;
  readonly streaming?: boolean;
  readonly playing?: string;
  readonly reports?: OverlayHello["reports"];
  /** Answers pings, as a living page does. */
  readonly answers?: boolean;
  /** Plays each alert so long, milliseconds; without it only what the test says. */
  readonly plays?: number;
}

/** A page of a screen as the wire knows it, without a browser. */
export class StagePage {
  readonly frames: { readonly frame: OverlayFrame; readonly at: number }[] = [];
  readonly copy: string;
  /** Every showing that it was told to play, in order. */
  readonly shown: OverlayShow[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  answers: boolean;
  readonly #socket: WebSocket;
  readonly #options: PageOptions;
  #waiters: (() => void)[] = [];

  constructor(options: PageOptions) {
    this.#options = options;
    this.copy = options.copy ?? crypto.randomUUID();
    this.answers = options.answers ?? true;
    this.#socket = new WebSocket(`${options.url.replace(/^http/, "ws")}/overlay/feed`);
    this.#socket.onopen = () => this.say(this.hello);
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as OverlayFrame);
    this.#socket.onclose = ({ code, reason }) => {
      this.closed = { code, reason };
      this.#wake();
    };
  }

  say(message: OverlayMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    this.#socket.close();
  }

  started(showing: string): void {
    this.say({ type: "started", showing, at: Date.now(), visible: true });
  }

  finished(showing: string, shown = 5000, visible = shown): void {
    this.say({ type: "finished", showing, at: Date.now(), shown, visible });
  }

  /** The first frame of that type that fits, however long ago it came. */
  async frame<T extends OverlayFrame["type"]>(
    type: T,
    fits: (frame: Extract<OverlayFrame, { type: T }>) => boolean = () => true,
  ): Promise<Extract<OverlayFrame, { type: T }> & { readonly receivedAt: number }> {
    for (;;) {
      for (const { frame, at } of this.frames) {
        if (frame.type !== type) continue;
        const found = frame as Extract<OverlayFrame, { type: T }>;
        if (fits(found)) return { ...found, receivedAt: at };
      }
      await this.#more();
    }
  }

  async ended(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.closed === undefined) await this.#more();
    return this.closed;
  }

  /** What it says first. */
  get hello(): OverlayHello {
    const {
      link,
      obs = true,
      part = "screen",
      visible = true,
      streaming = null,
      playing = null,
      reports = [],
    } = this.#options;
    const key = link.includes("#") ? (link.split("#")[1] ?? "") : link;
    const agent = obs ? "33.0.1" : null;
    const canvas = { width: 1920, height: 1080 };
    const { copy } = this;
    const page = { copy, build: "", part, visible, obs: agent, streaming, ...canvas, playing, reports };
    return { type: "hello", protocol: 1, key, ...page };
  }

  #take(frame: OverlayFrame): void {
    this.frames.push({ frame, at: performance.now() });
    if (frame.type === "ping" && this.answers) this.say({ type: "pong" });
    if (frame.type === "show") {
      this.shown.push(frame);
      if (this.#options.plays !== undefined) this.#play(frame, this.#options.plays);
    }
    this.#wake();
  }

  #play({ showing }: OverlayShow, milliseconds: number): void {
    this.started(showing);
    setTimeout(() => this.closed === undefined && this.finished(showing, milliseconds), milliseconds);
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
