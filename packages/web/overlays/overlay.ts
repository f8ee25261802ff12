/**
 * The overlay: `/overlay#<stream token>`. Alerts wait for each other and appear in order; imported history never does.
 * `?seconds=8` fixes how long each page of a message stays.
 */
import { follow, type TipwireEvent } from "@tipwire/client";
import { readBookmark, writeBookmark } from "./bookmark.ts";
import { buildCard } from "./card.ts";
import { Player } from "./player.ts";
import { isInObs, Status } from "./status.ts";

const renewEvery = 20_000;
const rememberedShown = 50;

const token = location.hash.slice(1);
const status = new Status(byId("status"), isInObs());
window.addEventListener("hashchange", () => location.reload());
if (/^[0-9a-f]{64}$/i.test(token)) run();
else status.wrongLink();

function run(): void {
  const bookmark = readBookmark(token, Date.now());
  const taken = new Set(bookmark?.shown);
  let settled = bookmark?.cursor;
  let shown = bookmark?.shown ?? [];

  const player = new Player({
    seconds: secondsSetting(),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    start(event) {
      status.alertShown();
      return buildCard(event, byId("alert") as HTMLTemplateElement, byId("stage"), navigator.language);
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

function secondsSetting(): number | undefined {
  const seconds = Number(new URLSearchParams(location.search).get("seconds"));
  return seconds >= 1 && seconds <= 60 ? seconds : undefined;
}

function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
