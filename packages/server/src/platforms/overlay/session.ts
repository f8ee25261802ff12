import type { OverlayFrame, OverlayHello, ShowingReport } from "@tipwire/client";
import type { Channel } from "../../access/directory.ts";
import { sha256 } from "../../access/secrets.ts";
import type { Clock } from "../../core/clock.ts";
import { MessageRate } from "../../core/message-rate.ts";
import type { Socket, SocketEvents } from "../../core/socket.ts";
import type { Member } from "../../stage/conducted-stage.ts";
import type { Conductor } from "../../stage/conductor.ts";
import { noteUse, type StageKey, type StageKeys } from "../../stage/keys.ts";
import type { Order, PageOutlet } from "../../stage/pages.ts";
import type { StageSettings } from "../../stage/settings.ts";
import type { How, Screen } from "../../stage/stage.ts";
import type { StageRow } from "../../stage/stages.ts";
import { decodeHello, decodeMessage } from "./decode.ts";
import { reportOf, showFrame } from "./encode.ts";

/** What pages of overlays work with. */
export interface OverlayRoom {
  readonly keys: StageKeys;
  readonly conductor: Pick<Conductor, "join" | "report">;
  readonly clock: Clock;
  /** Of the web pages. */
  readonly build: string;
  readonly sessions: Set<OverlaySession>;
  readonly limits: {
    readonly keepaliveSeconds: number;
    readonly authSeconds: number;
    readonly messagesPer10s: number;
    readonly socketsPerKey: number;
  };
  /** The screen that a key opens; `undefined`: it was removed. */
  place(key: StageKey): Promise<ScreenPlace | undefined>;
}

export interface ScreenPlace {
  readonly channel: Channel;
  readonly stage: StageRow;
  readonly screen: Screen;
}

/** How long pages may take to come back after `reconnect`, milliseconds. */
const reconnectWithin = 1000;

/** One page of a screen: first its key, then what it does and what it is told. */
export class OverlaySession implements SocketEvents, PageOutlet {
  readonly #room: OverlayRoom;
  readonly #socket: Socket;
  readonly #rate = new MessageRate();
  #failed: (() => void) | undefined;
  #key: StageKey | undefined;
  #hash = "";
  #member: Member | undefined;
  #state: "waiting" | "starting" | "open" | "closed" = "waiting";
  /** Milliseconds since 1970 when something was sent last, or the session began. */
  #sentAt: number;
  readonly #settled = Promise.withResolvers<void>();
  /** Pings without an answer yet. */
  #unanswered = 0;
  /** What came while the session was being opened. */
  #early: string[] = [];

  /** `failed` counts a failed authentication against the page's address. */
  constructor(room: OverlayRoom, socket: Socket, failed: () => void) {
    this.#room = room;
    this.#socket = socket;
    this.#failed = failed;
    this.#sentAt = room.clock.now();
    room.sessions.add(this);
  }

  /** Resolves when the page has been told everything, or was closed. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** What a page that has no connection says with each request. */
  renew({ visible, streaming }: Pick<OverlayHello, "visible" | "streaming">): void {
    this.#member?.spoke();
    this.#member?.setVisible(visible);
    this.#member?.setStreaming(streaming);
  }

  /** Whose key it brought; `undefined` before. */
  get keyId(): number | undefined {
    return this.#key?.id;
  }

  text(message: string): void {
    const most = this.#room.limits.messagesPer10s;
    if (!this.#answersPing(message) && this.#rate.exceeds(most, this.#room.clock.now())) {
      this.#close(4004, `more than ${most} messages in 10 seconds`);
    } else if (this.#state === "waiting") void this.#begin(message);
    else if (this.#state === "starting") this.#early.push(message);
    else if (this.#state === "open") this.#take(message);
  }

  /** What we asked for is no message too many: after a stall the answers to all its pings come at once. */
  #answersPing(message: string): boolean {
    if (this.#unanswered === 0 || decodeMessage(message)?.type !== "pong") return false;
    this.#unanswered--;
    return true;
  }

  drain(): void {
    // Frames are few and small: whoever does not read them is closed by `stalled`.
  }

  closed(): void {
    this.#state = "closed";
    this.#settled.resolve();
    this.#room.sessions.delete(this);
    this.#member?.leave();
    this.#member = undefined;
  }

  stalled(): void {
    this.#close(4001, "too slow");
  }

  shutdown(): void {
    if (this.#state === "open") this.#send({ type: "reconnect", within: reconnectWithin });
    this.#close(4000, "the server is stopping or restarting");
  }

  /** Called every second: keeps a quiet session alive, ends one that does not authenticate or whose key ends. */
  tick(now: number): void {
    const { limits } = this.#room;
    if (this.#state === "waiting" && now - this.#sentAt > limits.authSeconds * 1000) {
      this.#unauthenticated("no display key came in time");
    } else if (this.#state === "open") {
      if (this.#key?.expiresAt != null) this.#tickReplaced(this.#key, this.#key.expiresAt, now);
      if (now - this.#sentAt > (limits.keepaliveSeconds - 1) * 1000) this.#send({ type: "keepalive" });
    }
  }

  /** Its link was replaced: it is told by its last use that somebody still has it, until it ends. */
  #tickReplaced(key: StageKey, end: number, now: number): void {
    if (end <= now) this.#close(4502, "this link was replaced by another one");
    else void this.#noteUse(key, now).catch(() => undefined);
  }

  async #noteUse(key: StageKey, now: number): Promise<void> {
    const { usedAt } = await noteUse(this.#room.keys, key, now);
    if (this.#key?.id === key.id) this.#key = { ...this.#key, usedAt };
  }

  show(order: Order): void {
    this.#send(showFrame(order));
  }

  hide(showing: string | null, how: Exclude<How, "finished">): void {
    this.#send({ type: "hide", showing, how });
  }

  sound(muted: boolean, volume: number): void {
    this.#send({ type: "sound", muted, volume });
  }

  settings(version: number, look: StageSettings["look"]): void {
    this.#send({ type: "settings", version, look });
  }

  noted(showing: string, report: ShowingReport["type"]): void {
    this.#send({ type: "noted", showing, report });
  }

  ping(): void {
    this.#unanswered++;
    this.#send({ type: "ping" });
  }

  screenGone(): void {
    this.#close(4503, "this screen was removed");
  }

  keysChanged(): void {
    const again = this.#room.keys.byHash(this.#hash);
    again.then(
      (key) => {
        this.#key = key;
        if (key === undefined) this.#close(4503, "this link was revoked");
      },
      () => this.#close(4002, "the store could not be read"),
    );
  }

  async #begin(message: string): Promise<void> {
    this.#state = "starting";
    const hello = decodeHello(message);
    if (hello === undefined) return this.#close(4500, "the first message must be hello, as documented");
    try {
      await this.#admit(hello);
    } catch {
      this.#close(4002, "the store could not be read");
    }
  }

  async #admit(hello: OverlayHello): Promise<void> {
    const { keys, clock, limits, sessions } = this.#room;
    this.#hash = sha256(hello.key);
    const key = await keys.byHash(this.#hash);
    if (key?.use.kind !== "display") return this.#unauthenticated("unknown display key");
    if (key.expiresAt !== null && key.expiresAt <= clock.now()) {
      return this.#close(4502, "this link was replaced by another one");
    }
    const place = await this.#room.place(key);
    if (this.#isGone) return;
    if (place === undefined) return this.#close(4503, "this screen was removed");
    const same = [...sessions].filter(({ keyId }) => keyId === key.id).length;
    if (same >= limits.socketsPerKey) return this.#close(4003, "too many pages of this key");
    this.#key = key;
    this.#failed = undefined;
    this.#welcome(place);
    await this.#join(hello, place);
    await this.#noteUse(key, clock.now());
  }

  #welcome({ channel, stage, screen }: ScreenPlace): void {
    const { build, limits } = this.#room;
    this.#send({
      type: "welcome",
      protocol: 1,
      build,
      channel: { slug: channel.slug, title: channel.title },
      stage: { id: stage.id, name: stage.name },
      screen: { id: screen.id, name: screen.name },
      keepalive: limits.keepaliveSeconds,
    });
  }

  async #join(
    { copy, connection = 0, obs, part, visible, streaming, playing, reports, now }: OverlayHello,
    place: ScreenPlace,
  ): Promise<void> {
    const here = this.#room.clock.now();
    const member = await this.#room.conductor.join(place.stage.id, {
      screen: place.screen.id,
      copy,
      connection,
      obs: obs !== null,
      takesPart: part === "screen",
      visible,
      streaming,
      playing,
      reports: reports.map((report) => reportOf(report, now, here)),
      outlet: this,
    });
    if (this.#isGone) return member.leave();
    this.#member = member;
    this.#state = "open";
    this.#settled.resolve();
    for (const message of this.#early.splice(0)) this.#take(message);
  }

  #take(text: string): void {
    const message = decodeMessage(text);
    if (message === undefined) {
      this.#close(4500, "a message is not of the documented form");
      return;
    }
    this.#member?.spoke();
    if (message.type === "visible") this.#member?.setVisible(message.visible);
    else if (message.type === "streaming") this.#member?.setStreaming(message.streaming);
    else if (message.type !== "pong") this.#member?.report(reportOf(message));
  }

  get #isGone(): boolean {
    return this.#state === "closed";
  }

  #send(frame: OverlayFrame): void {
    if (this.#isGone) return;
    this.#sentAt = this.#room.clock.now();
    this.#socket.send([JSON.stringify(frame)]);
  }

  #unauthenticated(reason: string): void {
    this.#failed?.();
    this.#close(4501, reason);
  }

  #close(code: number, reason: string): void {
    if (this.#isGone) return;
    this.closed();
    this.#socket.close(code, reason);
  }
}
