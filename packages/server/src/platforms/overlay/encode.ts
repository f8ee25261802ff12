import type { OverlayShow, ShowingReport } from "@tipwire/client";
import type { Reported } from "../../stage/conducted-stage.ts";
import type { Order } from "../../stage/pages.ts";

/** An order as the page reads it. */
export function showFrame({ showing, event, content, sound, least, most }: Order): OverlayShow {
  return { type: "show", showing, event, alert: content, sound, least, most };
}

/** A page's report as the stage takes it. */
export function reportOf(report: ShowingReport): Reported {
  const { showing, at } = report;
  if (report.type === "started") return { showing, at, what: { type: "started", visible: report.visible } };
  if (report.type === "failed") return { showing, at, what: { type: "failed" } };
  return { showing, at, what: { type: "finished", shown: report.shown, visible: report.visible } };
}
