import { anyValue, mutateJson, pick, word } from "../mutate.ts";
import { administering, inPath, reading, ruledPath } from "./administering.ts";
import type { Kind } from "./input.ts";
import { inAddress } from "./mutated-request.ts";
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
        ? inPath(random, world.spareKeys.take())
        : inAddress(random, String(anyValue(random, 3))) || "x";
      return ours(request("DELETE", `/v1/keys/${id}`, world.ruler));
    },
  },
];
