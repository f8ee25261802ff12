/**
 * One screen, and a stage that shows on it what it is told to: the pages as the program serves them, and what an overlay
 * page and a server say to each other, over a real WebSocket.
 */
import type {
  AlertContent,
  LookSettings,
  OverlayFrame,
  OverlayMessage,
  OverlayShow,
  ShowingReport,
} from "@tipwire/client";
import type { ServerWebSocket } from "bun";
import type { Page } from "playwright-core";
import { pageRoutes } from "../packages/server/src/http/pages.ts";
import { Router, type Visit } from "../packages/server/src/http/router.ts";
import { builtFile } from "../packages/server/src/serve.ts";
import { defaultLook } from "../packages/web/overlays/alert/default-look.ts";
import { usualAlert } from "../packages/web/overlays/alert/testing/usual-alert.ts";

export interface Stand {
  /** The page of the screen. */
  readonly address: string;
  /** What the page has reported, in order. */
  readonly reports: readonly ShowingReport[];
  /** How alerts look from the next one on. */
  look(settings: Partial<LookSettings>): void;
  /** Shows an alert; settles with what the page reports first of it. */
  show(alert: Partial<AlertContent>, turn?: Partial<OverlayShow>): Promise<ShowingReport>;
  say(frame: OverlayFrame): void;
  /** Settles with the report of this kind, of the newest showing. */
  reported(type: ShowingReport["type"]): Promise<ShowingReport>;
  /** Settles once a page has said hello. */
  readonly connected: Promise<unknown>;
  stop(): Promise<void>;
}

/** Settles when the last of an alert's particles has begun to move. */
export async function allInMotion(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector(".particles i:not(.flying)") === null);
}

/** Milliseconds within which a page has to report. */
const patience = 20_000;

export function openStand(): Stand {
  const router = new Router(pageRoutes(builtFile));
  const reports: ShowingReport[] = [];
  const waiting = new Set<() => void>();
  const connected = Promise.withResolvers<void>();
  let look = defaultLook;
  let page: ServerWebSocket<undefined> | undefined;
  let turns = 0;

  const server = Bun.serve({
    hostname: "localhost",
    port: 0,
    async fetch(request, bun) {
      const url = new URL(request.url);
      if (url.pathname === "/overlay/feed" && bun.upgrade(request)) return undefined;
      try {
        const { answer, path } = router.find(request.method, url.pathname);
        return await answer({ request, url, path } as Visit);
      } catch {
        return new Response(null, { status: 404 });
      }
    },
    websocket: {
      message(socket, text) {
        hear(socket, JSON.parse(String(text)) as OverlayMessage);
      },
    },
  });

  function hear(socket: ServerWebSocket<undefined>, message: OverlayMessage): void {
    if (message.type === "hello") {
      page = socket;
      const [channel, stage, screen] = [
        { slug: "main", title: "Main" },
        { id: 1, name: "Alerts" },
        { id: 1, name: "Main" },
      ];
      say({ type: "welcome", protocol: 1, build: "1", channel, stage, screen, keepalive: 600 });
      say({ type: "settings", version: 1, look });
      say({ type: "sound", muted: true, volume: 0 });
      connected.resolve();
    } else if (message.type === "started" || message.type === "finished" || message.type === "failed") {
      reports.push(message);
      say({ type: "noted", showing: message.showing, report: message.type });
      for (const again of waiting) again();
    }
  }
  function say(frame: OverlayFrame): void {
    page?.send(JSON.stringify(frame));
  }
  function report(wanted: (one: ShowingReport) => boolean): Promise<ShowingReport> {
    return new Promise((resolve, reject) => {
      const tooLong = setTimeout(() => reject(new Error("The page reported nothing.")), patience);
      const again = () => {
        const found = reports.find(wanted);
        if (found === undefined) return;
        clearTimeout(tooLong);
        waiting.delete(again);
        resolve(found);
      };
      waiting.add(again);
      again();
    });
  }

  return {
    address: `http://localhost:${server.port}/overlay/?screen#key`,
    reports,
    connected: connected.promise,
    say,
    look(settings) {
      look = { ...defaultLook, ...settings };
      say({ type: "settings", version: 1, look });
    },
    show(alert, turn = {}) {
      const showing = `turn-${++turns}`;
      const content = { ...usualAlert, ...alert };
      say({ type: "show", showing, event: null, alert: content, sound: false, least: 600_000, most: 600_000, ...turn });
      return report((one) => one.showing === showing);
    },
    reported: (type) => report((one) => one.showing === `turn-${turns}` && one.type === type),
    stop: () => server.stop(true),
  };
}
