import type { Step } from "./recording.ts";

/** Something that left for somebody else, at its place in the recording. */
export type Told =
  | { readonly at: number; readonly what: "acknowledged"; readonly id: string; readonly cursor: string }
  | { readonly at: number; readonly what: "shown"; readonly name: string }
  | { readonly at: number; readonly what: "channel"; readonly slug: string };

const says =
  /"id":"(?<id>\w+)","cursor":"(?<cursor>[^"]+)","status":"(?:stored|duplicate)"|"externalId":"(?<name>c\d+-\d+)"|"slug":"(?<slug>drill-\d+)"/g;
/** An answer may be written in two pieces. */
const carried = 500;

/** Everything that the program told anybody, once, where it was told first. */
export function toldIn(steps: readonly Step[]): readonly Told[] {
  const told = new Map<string, Told>();
  const rests = new Map<string, string>();
  steps.forEach((step, at) => {
    if (step.kind !== "said") return;
    const text = (rests.get(step.to) ?? "") + step.text;
    rests.set(step.to, text.slice(-carried));
    for (const { 0: key, groups = {} } of text.matchAll(says)) {
      const { id, cursor, name, slug } = groups;
      if (told.has(key)) continue;
      if (id !== undefined && cursor !== undefined) told.set(key, { at, what: "acknowledged", id, cursor });
      else if (name !== undefined) told.set(key, { at, what: "shown", name });
      else if (slug !== undefined) told.set(key, { at, what: "channel", slug });
    }
  });
  return [...told.values()];
}
