import type { StageSettings, StageSettingsInfo } from "@tipwire/client";
import { leavesOf, type Tree } from "./setting-path.ts";
import { cut } from "./text.ts";

/** Settings as the functions about paths take them. */
export function asTree(settings: StageSettings): Tree {
  return settings as unknown as Tree;
}

/** What is to be changed: the draft, or what is on stream where there is none. */
export function draftOf({ draft, onStream }: StageSettingsInfo): StageSettings {
  return draft ?? onStream.settings;
}

export interface Difference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What another version of the settings has otherwise. */
export function differences(from: StageSettings, to: StageSettings): readonly Difference[] {
  const [before, after] = [leavesOf(asTree(from)), leavesOf(asTree(to))];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((path) => ({ path, from: before.get(path), to: after.get(path) }))
    .filter(({ from, to }) => JSON.stringify(from ?? {}) !== JSON.stringify(to ?? {}));
}

/** A value on one line: `on`, `5, 25, 100`, `57 words`. */
export function valueText(value: unknown): string {
  if (value === undefined) return "–";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return cut(value === "" ? '""' : value, 40);
  if (!Array.isArray(value)) return cut(JSON.stringify(value), 40);
  if (value.length > 6) return `${value.length} of them`;
  return cut(value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ") || "none", 40);
}
