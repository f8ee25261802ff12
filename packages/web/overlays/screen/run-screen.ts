/** The overlay of a display key, `/overlay/#<key>`: one screen of a stage. */
import type { OverlayHello } from "@tipwire/client";
import type { AlertStage } from "../alert/stage.ts";
import { Sounds } from "../sounds.ts";
import type { Status } from "../status.ts";
import { Feed } from "./feed.ts";
import { obsVersion, watchPresence } from "./presence.ts";
import { Screen } from "./screen.ts";

export function runScreen(key: string, stage: AlertStage, status: Status): void {
  const copy = randomName();
  const obs = obsVersion();
  // A tab is a screen only if the person says so: it would take alerts that viewers never see.
  const part = obs !== null || new URLSearchParams(location.search).has("screen") ? "screen" : "watching";
  const sounds = new Sounds();
  const screen = new Screen({
    stage,
    sounds,
    send: (report) => feed.send(report),
    reload: () => location.reload(),
    started: () => {
      status.alertShown();
      if (sounds.blocked) status.soundBlocked(sounds);
    },
  });
  const presence = watchPresence(({ visible, active, streaming }) => {
    screen.setVisible(visible);
    feed.send({ type: "visible", visible });
    feed.send({ type: "streaming", streaming, active });
  });
  let connections = 0;
  const hello = (): OverlayHello => ({
    type: "hello",
    protocol: 1,
    key,
    copy,
    connection: ++connections,
    build: screen.build,
    part,
    visible: presence().visible,
    obs,
    streaming: presence().streaming,
    width: innerWidth,
    height: innerHeight,
    playing: screen.playing,
    reports: screen.reports.all,
    now: Date.now(),
  });
  const feed = new Feed({
    hello,
    hear: (frame) => screen.hear(frame),
    onState: (state) => status.feed(state, part),
  });
}

/** 128 bits as 32 hexadecimal digits. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
