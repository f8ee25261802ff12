import { administrationKinds } from "./administration-kinds.ts";
import { bareHttpKinds } from "./bare-http-kinds.ts";
import { brokenSocketKinds } from "./broken-socket-kinds.ts";
import { eventKinds } from "./event-kinds.ts";
import type { Kind } from "./input.ts";
import { websocketKinds } from "./websocket-kinds.ts";

/** Every kind of input. */
export const kinds: readonly Kind[] = [
  ...eventKinds,
  ...administrationKinds,
  ...websocketKinds,
  ...brokenSocketKinds,
  ...bareHttpKinds,
];
