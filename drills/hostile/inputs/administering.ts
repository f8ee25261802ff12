import type { Random } from "../../../packages/server/test/random.ts";
import { mutateJson, mutateText, pick } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Input } from "./input.ts";
import { inAddress, mutatedHeaders, mutatedQuery, type Pairs } from "./mutated-request.ts";
import { type Headers, ours, request } from "./request.ts";

export type PathOf = (world: World, random: Random) => string;

/** A body, mutated, for one of the addresses that administer what is ruled. */
export function administering(method: string, path: PathOf, body: Readonly<Record<string, unknown>>) {
  return (world: World, random: Random): Input =>
    ours(request(method, path(world, random), world.ruler, mutateJson(random, body)));
}

/** A request without a body, in which the query and headers may be anything. `key`: whose it is, or none. */
export function reading(
  path: PathOf,
  key: (world: World) => string | null,
  pairs: Pairs = usualPairs,
  own: (world: World, random: Random) => Headers = () => [],
) {
  return (world: World, random: Random): Input => {
    const query = random.chance(0.3) ? `?${mutatedQuery(random, pairs)}` : "";
    const headers = random.chance(0.4) ? mutatedHeaders(random, world) : [];
    const method = random.chance(0.1) ? "HEAD" : "GET";
    const all = [...own(world, random), ...headers];
    const bytes = request(method, path(world, random) + query, key(world), undefined, all);
    return { via: "http", bytes, answers: "runtime", head: method === "HEAD" };
  };
}

const usualPairs = [
  ["after", "head"],
  ["limit", "1"],
] as const;

/** An address of a channel that the ruler may change, mostly. */
export function ruledPath(world: World, random: Random, rest = ""): string {
  return `/v1/channels/${inPath(random, pick(random, world.ruled).slug)}${rest}`;
}

/** A part of a path: as it should be four times in five. */
export function inPath(random: Random, text: string): string {
  return random.chance(0.8) ? text : inAddress(random, mutateText(random, text)) || "x";
}
