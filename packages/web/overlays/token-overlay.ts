/**
 * The overlay of a stream token, `/overlay#<64 hex>`: alerts wait for each other and appear in order; imported history never
 * does. It knows no stage, hence no settings. `?seconds=8` fixes how long each page of a message stays.
 */
import { type AlertContent, follow, type TipwireEvent } from "@tipwire/client";
import { defaultLook } from "./alert/default-look.ts";
import { play } from "./alert/play.ts";
import { sayAlert } from "./alert/say.ts";
import type { AlertStage } from "./alert/stage.ts";
import { pageEnds } from "./alert/timing.ts";
import { readBookmark, writeBookmark } from "./bookmark.ts";
import { lookTraits } from "./looks/looks.ts";
import { Player } from "./player.ts";
import type { Status } from "./status.ts";

const renewEvery = 20_000;
const rememberedShown = 50;
const least = 5000;
const most = 60_000;

export function runTokenOverlay(token: string, stage: AlertStage, status: Status): void {
  const bookmark = readBookmark(token, Date.now());
  const taken = new Set(bookmark?.shown);
  let settled = bookmark?.cursor;
  let shown = bookmark?.shown ?? [];
  stage.prepare(defaultLook);

  const player = new Player({
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    async show(event) {
      status.alertShown();
      await showEvent(event, stage, navigator.language);
    },
    onSettled(event, wasShown) {
      settled = event.cursor;
      if (!wasShown) return;
      shown = [...shown, event.id].slice(-rememberedShown);
      remember();
    },
  });

  const follower = follow({
    url: location.origin,
    token,
    after: bookmark?.cursor,
    onEvent(event: TipwireEvent) {
      if (taken.has(event.id)) return;
      taken.add(event.id);
      player.add(event);
    },
    onState(state) {
      status.follow(state);
      if (state.status === "live") remember();
    },
  });

  function remember(): void {
    const cursor = player.idle ? follower.cursor : settled;
    if (cursor !== undefined) writeBookmark(token, { cursor, shown }, Date.now());
  }
  setInterval(remember, renewEvery);
}

async function showEvent(event: TipwireEvent, stage: AlertStage, locale: string): Promise<void> {
  const text = sayAlert(event.id, contentOf(event), defaultLook, locale);
  const alert = await stage.build(text, defaultLook, "medium", locale);
  const { entrance, exit } = lookTraits[defaultLook.look];
  const seconds = secondsSetting();
  const ends =
    seconds === undefined
      ? pageEnds({ entrance, lengths: alert.lengths, sound: 0, least, most })
      : alert.lengths.map((_, page) => (page + 1) * seconds * 1000);
  await play(alert, ends, exit).over;
}

function contentOf(event: TipwireEvent): AlertContent {
  const { type: kind, name, amount, stated, message, messageKind, tier: subscriptionTier, streak, avatarUrl } = event;
  const seen = { name, amount, stated, message, messageKind, subscriptionTier, streak, avatarUrl };
  return { kind, tier: "medium", variation: null, more: null, late: false, ...seen };
}

function secondsSetting(): number | undefined {
  const seconds = Number(new URLSearchParams(location.search).get("seconds"));
  return seconds >= 1 && seconds <= 60 ? seconds : undefined;
}
