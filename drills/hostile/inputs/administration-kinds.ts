import type { Random } from "../../../packages/server/test/random.ts";
import { anyValue, mutateJson, mutateText, pick, word } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Input, Kind } from "./input.ts";
import { inAddress, mutatedHeaders, mutatedQuery } from "./mutated-request.ts";
import { ours, request } from "./request.ts";

/** Channels, accounts and keys. */
export const administrationKinds: readonly Kind[] = [
  {
    name: "channel: create",
    authenticated: true,
    share: 5,
    most: 2000,
    make: administering("POST", () => "/v1/channels", {
      slug: "made",
      title: "Made",
      kickUsername: "k",
      url: "https://a.example/",
    }),
  },
  {
    name: "channel: settings",
    authenticated: true,
    share: 8,
    most: 20000,
    make: administering("PATCH", (world, random) => ruledPath(world, random), {
      title: "T",
      kickUsername: "k",
      url: "https://a.example/",
    }),
  },
  {
    name: "channel: token",
    authenticated: true,
    share: 5,
    most: 20_000,
    make: administering("POST", (world, random) => ruledPath(world, random, "/token"), { graceSeconds: 0 }),
  },
  {
    name: "channel: members",
    authenticated: true,
    share: 8,
    most: 20000,
    make: (world, random) => {
      const account = random.chance(0.6) ? pick(random, ["mallory", "admin", "ruler"]) : word(random);
      const path = ruledPath(world, random, `/members/${inAddress(random, account) || "x"}`);
      const method = pick(random, ["PUT", "PUT", "DELETE"]);
      const body = random.chance(0.5) ? mutateJson(random, { role: "moderator" }) : '{"role":"moderator"}';
      return ours(request(method, path, world.ruler, method === "PUT" ? body : undefined));
    },
  },
  {
    name: "channel: read",
    authenticated: true,
    share: 8,
    make: reading(
      (world, random) => ruledPath(world, random, pick(random, ["", "/members"])),
      (world) => world.ruler,
    ),
  },
  {
    name: "channels, accounts, keys: list",
    authenticated: true,
    share: 2,
    most: 5000,
    make: reading(
      (_, random) => pick(random, ["/v1/channels", "/v1/accounts", "/v1/keys"]),
      (world) => world.administrator,
    ),
  },
  {
    name: "me, server",
    authenticated: true,
    share: 6,
    make: reading(
      (_, random) => pick(random, ["/v1/me", "/v1/server"]),
      (world) => world.administrator,
    ),
  },
  {
    name: "account: create",
    authenticated: true,
    share: 4,
    most: 1000,
    make: (world, random) =>
      ours(request("POST", "/v1/accounts", world.administrator, mutateJson(random, { name: "made" }))),
  },
  {
    name: "key: create",
    authenticated: true,
    share: 4,
    most: 1000,
    make: administering("POST", () => "/v1/keys", {
      name: "k",
      scopes: ["events:read"],
      account: "ruler",
      channels: ["ruled-one"],
    }),
  },
  {
    name: "key: revoke",
    authenticated: true,
    share: 5,
    most: 5000,
    make: (world, random) => {
      const id = random.chance(0.3)
        ? String(random.below(100_000))
        : inAddress(random, String(anyValue(random, 3))) || "x";
      return ours(request("DELETE", `/v1/keys/${id}`, world.ruler));
    },
  },
];

/** A body for one of the routes that administer; `settle` puts back what must not be invented anew each time. */
function administering(
  method: string,
  path: (world: World, random: Random) => string,
  body: Record<string, unknown>,
  settle: (random: Random, text: string) => string = (_, text) => text,
) {
  return (world: World, random: Random): Input =>
    ours(request(method, path(world, random), world.ruler, settle(random, mutateJson(random, body))));
}

function ruledPath(world: World, random: Random, rest = ""): string {
  const { slug } = pick(random, world.ruled);
  const named = random.chance(0.8) ? slug : inAddress(random, mutateText(random, slug)) || "x";
  return `/v1/channels/${named}${rest}`;
}

function reading(path: (world: World, random: Random) => string, key: (world: World) => string) {
  return (world: World, random: Random): Input => {
    const query = random.chance(0.3)
      ? `?${mutatedQuery(random, [
          ["after", "head"],
          ["limit", "1"],
        ])}`
      : "";
    const headers = random.chance(0.4) ? mutatedHeaders(random, world) : [];
    const method = random.chance(0.1) ? "HEAD" : "GET";
    const bytes = request(method, path(world, random) + query, key(world), undefined, headers);
    return { via: "http", bytes, answers: "runtime", head: method === "HEAD" };
  };
}
