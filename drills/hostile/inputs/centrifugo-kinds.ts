import { methods } from "../../../packages/server/src/platforms/donationalerts/centrifugo.ts";
import type { Random } from "../../../packages/server/test/random.ts";
import { handshakeText } from "../../../packages/server/test/raw-websocket.ts";
import { frame } from "../../../packages/server/test/websocket-frames.ts";
import { mutateJson } from "../mutate.ts";
import type { Dialogue, Sentinel } from "../socket-lane.ts";
import type { World } from "../world.ts";
import { anyFrame, type Command, readableFrame, severalCommands, validCommands } from "./centrifugo-commands.ts";
import { permission } from "./centrifugo-permission.ts";
import type { FramesInput, Kind } from "./input.ts";
import { mutatedQuery } from "./mutated-request.ts";
import { anyPayload, socket, wellFramed } from "./socket.ts";

const path = "/connection/websocket";

/** Frames on one connection: with the two that begin it fewer than a client may send in ten seconds. */
const frames = 40;

/** These end the connection unless they are what the server expects. */
const ending: ReadonlySet<string> = new Set(["connect", "refresh"]);

/** DonationAlerts' realtime server: connected and subscribed with good tokens, then anything. */
export const centrifugoKinds: readonly Kind[] = [
  {
    name: "Centrifugo: address",
    authenticated: false,
    share: 5,
    make: (_, random) => {
      const query = mutatedQuery(random, [["format", "json"]]);
      return socket("donationalerts", handshakeText({ path: `${path}?${query}` }), [], random);
    },
  },
  {
    name: "Centrifugo: first command",
    authenticated: true,
    share: 20,
    make: (world, random) => {
      const connect = { params: { token: world.granted.connectionToken }, id: 1 };
      const text = random.chance(0.1) ? JSON.stringify(connect) : mutateJson(random, connect);
      const content = wellFramed(random, 1, () => (random.chance(0.8) ? text : anyPayload(random)));
      return socket("donationalerts", handshakeText({ path }), content, random, { mayClose: true });
    },
  },
  ...methods.map(
    (name, number): Kind => ({
      name: `Centrifugo: ${name}`,
      authenticated: true,
      share: ending.has(name) ? 4 : 14,
      make: (world, random) =>
        subscribed(world, random, ending.has(name) ? 1 : frames, (commands) => {
          const own = commands.slice(number, number + 1);
          return readableFrame(random, own).text;
        }),
    }),
  ),
  {
    name: "Centrifugo: several in a frame",
    authenticated: true,
    share: 14,
    make: (world, random) =>
      subscribed(world, random, frames, (commands) => severalCommands(random, harmless(commands))),
  },
  {
    name: "Centrifugo: other frames",
    authenticated: true,
    share: 14,
    make: (world, random) =>
      subscribed(world, random, 1, (commands) =>
        random.chance(0.5) ? anyFrame(random, commands) : anyPayload(random),
      ),
  },
];

function harmless(commands: readonly Command[]): readonly Command[] {
  return commands.filter((_, number) => !ending.has(methods[number] ?? ""));
}

/** A ping of the protocol's own: commands are answered in their order, so that everything before it was met. */
const last: Sentinel = {
  frame: frame('{"id":900000,"method":7}'),
  isAnswer: ({ payload }) => payload.toString("latin1", 0, 13) === '{"id":900000}',
};

/** Connected and subscribed, then `count` frames. One that may end the connection comes alone or at the end. */
function subscribed(
  world: World,
  random: Random,
  count: number,
  next: (commands: readonly Command[]) => string | Uint8Array,
): FramesInput {
  const { connectionToken, listening: access } = world.granted;
  const channel = `$alerts:donation_${access.userId}`;
  const isAlone = count === 1;
  const introduction = async (dialogue: Dialogue) => {
    const subscriptionToken = await permission(world.url, dialogue, { connectionToken, channel, access });
    const commands = validCommands({ channel, connectionToken, subscriptionToken });
    return Array.from({ length: count }, () => frame(next(commands)));
  };
  const more = { introduction, last, count, mayClose: isAlone };
  return socket("donationalerts", handshakeText({ path }), [], random, more);
}
