import { WrongUse } from "./faults.ts";
import { suggest } from "./suggest.ts";

/** Settings as JSON has them: groups within groups, with values at the ends. */
export type Tree = { readonly [name: string]: unknown };

/** Groups whose names are currencies: any may be added, to what stands here, and taken out by an empty value. */
const byCurrency: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["who.showFrom", ""],
  ["who.soundFrom", ""],
  ["who.tiers", []],
]);

/** Every value with its path, `time.least.small`. */
export function leavesOf(tree: Tree, above = ""): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [name, value] of Object.entries(tree)) {
    const path = `${above}${name}`;
    if (isTree(value) && Object.keys(value).length > 0)
      for (const leaf of leavesOf(value, `${path}.`)) leaves.set(...leaf);
    else leaves.set(path, value);
  }
  return leaves;
}

/**
 * The settings after `time.pause=2`, `safety.blockedNames+=Troll`, `who.variations-={…}`. What kind of value is meant is
 * told by the one that stands there. Throws `WrongUse` for what is no such text, or for a path that there is not.
 */
export function withSetting<Settings extends Tree>(settings: Settings, assignment: string): Settings {
  const [, path = "", operator = "", text = ""] = /^([\w.-]+?)([+-]?=)(.*)$/s.exec(assignment) ?? [];
  if (operator === "") throw new WrongUse(`"${assignment}" is not of the form time.pause=2.`);
  const names = path.split(".");
  const last = names.pop() ?? "";
  const copy = structuredClone(settings);
  const group = groupAt(copy, names);
  const usual = byCurrency.get(names.join("."));
  if (group === undefined || (usual === undefined && !Object.hasOwn(group, last))) throw unknown(path, settings);
  if (usual !== undefined && text === "") delete group[last];
  else group[last] = changed(group[last] ?? usual ?? null, operator, text);
  return copy;
}

function groupAt(tree: Tree, names: readonly string[]): Record<string, unknown> | undefined {
  let group: Tree = tree;
  for (const name of names) {
    const next = Object.hasOwn(group, name) ? group[name] : undefined;
    if (!isTree(next)) return undefined;
    group = next;
  }
  return group;
}

const switches: ReadonlyMap<string, boolean> = new Map([
  ...(["on", "yes", "true"] as const).map((word) => [word, true] as const),
  ...(["off", "no", "false"] as const).map((word) => [word, false] as const),
]);

function changed(before: unknown, operator: string, text: string): unknown {
  if (!Array.isArray(before)) {
    if (operator !== "=") throw new WrongUse(`${operator} is for lists.`);
    return valueLike(before, text);
  }
  const items = listOf(text);
  if (operator === "=") return items;
  const same = new Set(items.map((item) => JSON.stringify(item)));
  const others = before.filter((item) => !same.has(JSON.stringify(item)));
  return operator === "+=" ? [...others, ...items] : others;
}

/** What the text means where a value such as `before` stands. What does not fit stays text: the server says what is allowed. */
function valueLike(before: unknown, text: string): unknown {
  if (text === "null") return null;
  if (typeof before === "boolean") return switches.get(text) ?? text;
  const isNumber = text !== "" && Number.isFinite(Number(text));
  if ((typeof before === "number" || before === null) && isNumber) return Number(text);
  return isTree(before) ? json(text) : text;
}

/** `a, b` or JSON: `["a", "b"]`, `{…}`. */
function listOf(text: string): readonly unknown[] {
  if (text.trimStart().startsWith("[")) return json(text) as readonly unknown[];
  if (text.trimStart().startsWith("{")) return [json(text)];
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WrongUse(`"${text}" is not the JSON that this setting takes.`);
  }
}

function unknown(path: string, settings: Tree): WrongUse {
  const known = [...leavesOf(settings).keys()];
  const ending = known.find((each) => each.endsWith(`.${path}`));
  const near = ending ?? suggest(path, known);
  return new WrongUse(`There is no setting ${path}.${near === undefined ? "" : ` Did you mean ${near}?`}`);
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
