import type { OverlayShow, ShowingReport } from "@tipwire/client";
import type { Reported } from "../../stage/conducted-stage.ts";
import type { Order } from "../../stage/pages.ts";

/** An order as the page reads it. */
export function showFrame({ showing, event, content, sound, least, most }: Order): OverlayShow {
  return { type: "show", showing, event, alert: content, sound, least, most };
}

/**
 * A page's report as the stage takes it. `pageNow`: what the page's clock said when it sent this, if it told; `here`: what ours
 * does.
 */
export function reportOf(report: ShowingReport, pageNow?: number, here = 0): Reported {
  const { showing, at } = report;
  const happenedAt = pageNow === undefined ? undefined : here - Math.max(0, pageNow - at);
  return { showing, at, happenedAt, what: whatOf(report) };
}

function whatOf(report: ShowingReport): Reported["what"] {
  if (report.type === "started") return { type: "started", visible: report.visible };
  if (report.type === "failed") return { type: "failed" };
  return { type: "finished", shown: report.shown, visible: report.visible };
}
