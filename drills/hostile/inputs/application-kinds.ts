import { anyValue, mutateJson } from "../mutate.ts";
import { administering, inPath, reading, ruledPath } from "./administering.ts";
import type { Kind } from "./input.ts";
import { inAddress } from "./mutated-request.ts";
import { ours, request } from "./request.ts";

/** Applications, what they were granted, and links that sign somebody in, as our own API has them. */
export const applicationKinds: readonly Kind[] = [
  {
    name: "application: create",
    authenticated: true,
    share: 4,
    most: 500,
    make: administering("POST", () => "/v1/applications", {
      name: "Made",
      redirectUris: ["https://made.example/back", "made-app:/back"],
      account: "ruler",
    }),
  },
  {
    name: "application: tokens",
    authenticated: true,
    share: 6,
    most: 5000,
    make: (world, random) => {
      const path = `/v1/applications/${inPath(random, world.ruledApplication)}/tokens`;
      const body = { channel: "ruled-one", scopes: ["oauth-user-show", "oauth-donation-subscribe"] };
      return ours(request("POST", path, world.ruler, random.chance(0.1) ? "{}" : mutateJson(random, body)));
    },
  },
  {
    name: "applications, grants: list",
    authenticated: true,
    share: 3,
    most: 2000,
    make: reading(
      (world, random) => (random.chance(0.5) ? "/v1/applications" : ruledPath(world, random, "/grants")),
      (world) => world.ruler,
    ),
  },
  {
    name: "grant: revoke",
    authenticated: true,
    share: 4,
    most: 5000,
    make: (world, random) => {
      const id = random.chance(0.5)
        ? String(random.below(5000))
        : inAddress(random, String(anyValue(random, 3))) || "x";
      return ours(request("DELETE", ruledPath(world, random, `/grants/${id}`), world.ruler));
    },
  },
  {
    name: "channel: sign-in link",
    authenticated: true,
    share: 4,
    most: 5000,
    make: administering("POST", (world, random) => ruledPath(world, random, "/login"), { path: "/" }),
  },
];
