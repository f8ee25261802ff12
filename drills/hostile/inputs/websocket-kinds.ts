import { handshakeText } from "../../../packages/server/test/raw-websocket.ts";
import { anyValue, mutateJson, mutateText } from "../mutate.ts";
import type { Kind } from "./input.ts";
import { inAddress, mutatedCursor, mutatedQuery } from "./mutated-request.ts";
import { events } from "./request.ts";
import { anyPayload, nativeHandshake, socket, wellFramed } from "./socket.ts";

/** What keeps to RFC 6455, on the protocols that follow a channel by a key or its stream token. */
export const websocketKinds: readonly Kind[] = [
  {
    name: "native WebSocket: address",
    authenticated: true,
    share: 10,
    make: (world, random) => {
      const after = inAddress(random, mutatedCursor(random, world));
      const slug = random.chance(0.7) ? world.read.slug : inAddress(random, mutateText(random, world.read.slug)) || "x";
      const path = `${events(world, slug)}?after=${after}`;
      return socket("native", handshakeText({ path, headers: { Authorization: `Bearer ${world.key}` } }), [], random);
    },
  },
  {
    name: "native WebSocket: first message",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const secret = random.chance(0.5) ? world.key : world.read.streamToken;
      const auth = { type: "auth", token: secret };
      const payload = random.chance(0.6) ? mutateJson(random, auth) : mutateText(random, JSON.stringify(auth));
      const content = random.chance(0.1) ? JSON.stringify(auth) : payload;
      const handshake = nativeHandshake(world, "head", { Authorization: null });
      return socket(
        "native",
        handshake,
        wellFramed(random, 1, () => content),
        random,
      );
    },
  },
  {
    name: "native WebSocket: frames",
    authenticated: true,
    share: 260,
    make: (world, random) =>
      socket(
        "native",
        nativeHandshake(world),
        wellFramed(random, 50, () => anyPayload(random)),
        random,
      ),
  },
  {
    name: "Tuniform: address",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const query = mutatedQuery(random, [
        ["token", world.read.streamToken],
        ["after", mutatedCursor(random, world)],
      ]);
      return socket("tuniform", handshakeText({ path: `/ws?${query}` }), [], random);
    },
  },
  {
    name: "Tuniform: frames",
    authenticated: true,
    share: 260,
    make: (world, random) => {
      const { streamToken } = random.chance(0.1) ? world.store : world.read;
      return socket(
        "tuniform",
        handshakeText({ path: `/ws?token=${streamToken}` }),
        wellFramed(random, 200, () => anyPayload(random)),
        random,
      );
    },
  },
  {
    name: "Pally: address",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const channel = random.chance(0.8) ? "activity-feed" : "firehose";
      const pairs = [
        ["auth", world.key],
        ["channel", channel],
        ["room", world.read.slug],
        ["after", mutatedCursor(random, world)],
      ] as const;
      return socket("pally", handshakeText({ path: `/?${mutatedQuery(random, pairs)}` }), [], random);
    },
  },
  {
    name: "Pally: ping and echo",
    authenticated: true,
    share: 190,
    make: (world, random) => {
      const payload = () => {
        if (random.chance(0.2)) return mutateText(random, "ping");
        return mutateJson(random, { type: "echo", payload: anyValue(random) });
      };
      const path = `/?auth=${world.key}&channel=activity-feed&room=${world.read.slug}`;
      return socket("pally", handshakeText({ path }), wellFramed(random, 50, payload), random);
    },
  },
  {
    name: "Pally: other frames",
    authenticated: true,
    share: 100,
    make: (world, random) => {
      const path = `/?auth=${world.key}&channel=firehose`;
      return socket(
        "pally",
        handshakeText({ path }),
        wellFramed(random, 50, () => anyPayload(random)),
        random,
      );
    },
  },
];
