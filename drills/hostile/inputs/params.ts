import type { Random } from "../../../packages/server/test/random.ts";
import { mutateJson, mutateText } from "../mutate.ts";
import type { HttpInput } from "./input.ts";
import { headerText, mutatedPairs, type Pairs, query } from "./mutated-request.ts";
import { type Headers, request } from "./request.ts";

const boundary = "----between";

/**
 * A POST with parameters, mutated, in one of the ways in which clients of DonationAlerts send them: as a form, as JSON, as
 * multipart, or in the address; and with a content type that need not fit. `key`: `null` for none.
 */
export function postWithParams(
  random: Random,
  path: string,
  key: string | null,
  pairs: Pairs,
  headers: Headers = [],
): HttpInput {
  const mutated = random.chance(0.1) ? pairs : mutatedPairs(random, pairs);
  const typed = (type: string): Headers =>
    random.chance(0.9) ? [...headers, ["Content-Type", type]] : [...headers, ["Content-Type", headerText(random)]];
  const post = (body: string, type: string) => request("POST", path, key, body, typed(type));
  const bytes = () => {
    switch (random.below(6)) {
      case 0:
        return request("POST", `${path}?${query(random, mutated)}`, key, "", headers);
      case 1:
        return post(mutateJson(random, asObject(pairs)), "application/json");
      case 2:
        return post(JSON.stringify(asObject(mutated)), "application/json");
      case 3:
        return post(multipart(random, mutated), `multipart/form-data; boundary=${boundary}`);
      default:
        return post(query(random, mutated), "application/x-www-form-urlencoded");
    }
  };
  return { via: "http", bytes: bytes(), answers: "runtime" };
}

function asObject(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs);
}

function multipart(random: Random, pairs: Pairs): string {
  const parts = pairs.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const whole = `${parts.join("")}--${boundary}--\r\n`;
  return random.chance(0.7) ? whole : mutateText(random, whole);
}
