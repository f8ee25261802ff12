import { mutateJson, pick } from "../mutate.ts";
import { administering, inPath, reading } from "./administering.ts";
import type { Kind } from "./input.ts";
import type { Pairs } from "./mutated-request.ts";
import { signedIn } from "./oauth-kinds.ts";
import { postWithParams } from "./params.ts";
import { ours, request } from "./request.ts";

const login = "/api/auth/donationalerts";

/** Where events are fetched from: our own API, and the DonationAlerts guide's addresses. */
export const connectionKinds: readonly Kind[] = [
  {
    name: "connection: add",
    authenticated: true,
    share: 4,
    most: 500,
    make: administering("POST", () => "/v1/connections", {
      channel: "ruled-one",
      platform: "pally",
      key: "k",
      page: "made",
    }),
  },
  {
    name: "connection: start, stop, read again",
    authenticated: true,
    share: 6,
    most: 5000,
    make: (world, random) => {
      const does = pick(random, ["start", "stop", "reread"]);
      const path = `/v1/connections/${inPath(random, pick(random, world.connected.ids))}/${does}`;
      const body = random.chance(0.5) ? mutateJson(random, { key: "a".repeat(64), page: "" }) : undefined;
      return ours(request("POST", path, world.ruler, body));
    },
  },
  {
    name: "connections: read",
    authenticated: true,
    share: 5,
    most: 5000,
    make: reading(
      (world, random) => {
        const rest = pick(random, ["", "/quarantine"]);
        if (random.chance(0.3)) return "/v1/connections";
        return `/v1/connections/${inPath(random, pick(random, world.connected.ids))}${rest}`;
      },
      (world) => world.ruler,
      [
        ["channel", "ruled-one"],
        ["after", "0"],
      ],
    ),
  },
  {
    name: "connection: remove, discard",
    authenticated: true,
    share: 5,
    most: 3000,
    make: (world, random) => {
      const removed = () => `/v1/connections/${inPath(random, world.connected.spare.take())}`;
      const discarded = `/v1/connections/${inPath(random, pick(random, world.connected.ids))}/quarantine`;
      const path = pick(random, [removed, () => discarded, () => `${discarded}/${inPath(random, "1")}`])();
      return ours(request("DELETE", path, world.ruler));
    },
  },
  {
    name: "guide: login",
    authenticated: true,
    share: 6,
    make: reading(
      () => `${login}/login`,
      () => null,
      [
        ["channel", "hostile-consent"],
        ["from", "elsewhere"],
      ],
      (world, random) => [...signedIn(random, world.granted.session), ["Accept", accepted(random.chance(0.5))]],
    ),
  },
  {
    name: "guide: callback",
    authenticated: true,
    share: 5,
    // Each exchanges its code, and an application may ask sixty times a minute: more would wait for their turn.
    most: 15,
    make: (world, random) => {
      const { cookie, state } = world.granted.attempts.take();
      const browser = { ...world.granted.session, cookie: `${world.granted.session.cookie}; ${cookie}` };
      const pairs: Pairs = [
        ["code", "def50200"],
        ["state", state],
      ];
      const path = `${login}/callback?code=def50200&state=${state}`;
      const come = reading(
        () => (random.chance(0.3) ? path : `${login}/callback`),
        () => null,
        pairs,
        () => [...signedIn(random, browser), ["Accept", accepted(random.chance(0.5))]],
      );
      return come(world, random);
    },
  },
  {
    name: "guide: logout",
    authenticated: true,
    share: 4,
    make: (world, random) =>
      postWithParams(random, `${login}/logout`, null, [], signedIn(random, world.granted.sessions.take())),
  },
  {
    name: "guide: status",
    authenticated: true,
    share: 5,
    make: reading(
      () => "/api/status",
      () => null,
      [["channel", "hostile-consent"]],
      (world, random) => signedIn(random, world.granted.session),
    ),
  },
];

function accepted(byPeople: boolean): string {
  return byPeople ? "text/html" : "application/json";
}
