import { type Method, methods } from "../../../packages/server/src/platforms/donationalerts/centrifugo.ts";
import type { Random } from "../../../packages/server/test/random.ts";
import { anyValue, mutateBytes, mutateJson, mutateText, pick, word } from "../mutate.ts";

/** A command as a client of Centrifugo sends it. */
export type Command = { readonly params?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;

/** What an authenticated and subscribed client has to say things with. */
export interface Standing {
  readonly channel: string;
  /** Both good. */
  readonly connectionToken: string;
  readonly subscriptionToken: string;
}

/** One of each method, valid, at the place that is its number. A second connect, and a refresh that is not good, end the connection. */
export function validCommands(standing: Standing): readonly Command[] {
  const { channel, connectionToken, subscriptionToken } = standing;
  const recovery = { recover: true, seq: 1, gen: 0, epoch: "aaaaaaaa" };
  const parameters: Readonly<Record<Method, Command["params"]>> = {
    connect: { token: connectionToken, data: {} },
    subscribe: { channel, token: subscriptionToken, ...recovery },
    unsubscribe: { channel },
    publish: { channel, data: { x: 1 } },
    presence: { channel },
    presence_stats: { channel },
    history: { channel },
    ping: undefined,
    send: { data: {} },
    rpc: { data: {} },
    refresh: { token: connectionToken },
    sub_refresh: { channel, token: subscriptionToken },
  };
  return methods.map((name, method) => {
    const params = parameters[name];
    return { method, ...(params && { params }), id: 4 + method };
  });
}

/** A frame, and whether it differs from what clients send. */
export interface CommandFrame {
  readonly text: string;
  readonly isMutated: boolean;
}

/** Something that the protocol can read, so that the connection goes on. */
export function readableFrame(random: Random, commands: readonly Command[]): CommandFrame {
  const { params, ...command } = pick(random, commands);
  const fields = Object.entries(params ?? {});
  const [key, value] = pick(random, fields.length > 0 ? fields : [["", ""] as const]);
  const way = random.below(10);
  const isMutated = way < 7;
  const written = (frame: object) => ({ text: JSON.stringify(frame), isMutated });
  // Each of its texts may be anything but nothing.
  if (way < 4 && typeof value === "string")
    return written({ ...command, params: { ...params, [key]: `${mutateText(random, value)}${word(random)}x` } });
  if (way < 5) return written({ ...command, params: { ...params, extra: anyValue(random) }, more: anyValue(random) });
  if (way < 6) {
    const loud = Object.entries({ ...command, id: random.below(2 ** 32 - 1) + 1, params });
    return written(Object.fromEntries(loud.map(([name, each]) => [name.toUpperCase(), each])));
  }
  if (way < 7) return { text: severalCommands(random, commands), isMutated };
  if (way < 8) {
    const odd = ["{}", "\n", '{"id":0}'.repeat(5), '{"id":5,"method":99}', '{"id":5,"method":-1}'];
    return { text: pick(random, odd), isMutated };
  }
  return written({ ...command, params });
}

/** Several objects in one frame, with or without a newline between them. */
export function severalCommands(random: Random, commands: readonly Command[]): string {
  const count = random.below(5) + 1;
  const texts = Array.from({ length: count }, () => JSON.stringify(pick(random, commands)));
  return texts.join(random.chance(0.5) ? "" : "\n");
}

/** Anything: it may end the connection. */
export function anyFrame(random: Random, commands: readonly Command[]): string | Uint8Array<ArrayBuffer> {
  const command = pick(random, commands);
  const text = JSON.stringify(command);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      return mutateJson(random, command);
    case 3:
    case 4:
      return mutateText(random, text);
    case 5:
      return new Uint8Array(mutateBytes(random, Buffer.from(text)));
    case 6:
      return JSON.stringify(anyValue(random)) ?? "";
    default:
      return pick(random, [
        "",
        '{"a":'.repeat(3000),
        "x".repeat(70_000),
        '{"id":1,"params":{"token":"x"}}',
        text.slice(1),
      ]);
  }
}
