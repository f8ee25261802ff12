import { expect, test } from "bun:test";
import { Reports } from "./reports.ts";

const started = (showing: string) => ({ type: "started", showing, at: 1, visible: true }) as const;

test("a report is kept until it was noted, once for each kind", () => {
  const reports = new Reports();
  reports.add(started("a"));
  reports.add({ type: "finished", showing: "a", at: 2, shown: 1, visible: 1 });
  reports.noted({ type: "noted", showing: "a", report: "started" });
  reports.noted({ type: "noted", showing: "b", report: "finished" });
  expect(reports.all.map(({ type }) => type)).toEqual(["finished"]);
  reports.noted({ type: "noted", showing: "a", report: "finished" });
  expect(reports.all).toEqual([]);
});

test("at most fifty, the newest", () => {
  const reports = new Reports();
  for (let i = 0; i < 60; i++) reports.add(started(String(i)));
  expect(reports.all).toHaveLength(50);
  expect(reports.all[0]?.showing).toBe("10");
});
