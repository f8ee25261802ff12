/**
 * The words of Centrifugo 2.2.1's JSON protocol (version 1). Sources: its `client.proto`, `errors.go`, `disconnect.go`
 * and `decode.go`. Every message is one compact JSON object with its keys in this order, and ends in a newline.
 */

export const centrifugoVersion = "2.2.1";

/** Methods by the number in a command; a command may also say the name, in any case. */
export const methods = [
  "connect",
  "subscribe",
  "unsubscribe",
  "publish",
  "presence",
  "presence_stats",
  "history",
  "ping",
  "send",
  "rpc",
  "refresh",
  "sub_refresh",
] as const;
export type Method = (typeof methods)[number];

export const replyErrors = {
  unauthorized: { code: 101, message: "unauthorized" },
  namespaceNotFound: { code: 102, message: "namespace not found" },
  permissionDenied: { code: 103, message: "permission denied" },
  methodNotFound: { code: 104, message: "method not found" },
  alreadySubscribed: { code: 105, message: "already subscribed" },
  limitExceeded: { code: 106, message: "limit exceeded" },
  badRequest: { code: 107, message: "bad request" },
  notAvailable: { code: 108, message: "not available" },
  tokenExpired: { code: 109, message: "token expired" },
  expired: { code: 110, message: "expired" },
} as const;
export type ReplyError = keyof typeof replyErrors;

/** How the server ends a connection; clients read `reconnect` out of the close frame's reason. */
export const disconnects = {
  shutdown: { code: 3001, reason: "shutdown", reconnect: true },
  invalidToken: { code: 3002, reason: "invalid token", reconnect: false },
  badRequest: { code: 3003, reason: "bad request", reconnect: false },
  serverError: { code: 3004, reason: "internal server error", reconnect: true },
  expired: { code: 3005, reason: "expired", reconnect: true },
  subscriptionExpired: { code: 3006, reason: "subscription expired", reconnect: true },
  stale: { code: 3007, reason: "stale", reconnect: false },
  slow: { code: 3008, reason: "slow", reconnect: true },
  insufficientState: { code: 3010, reason: "insufficient state", reconnect: true },
  forceDisconnect: { code: 3012, reason: "force disconnect", reconnect: false },
} as const;
export type Disconnect = keyof typeof disconnects;

/** A command that cannot be answered: the connection ends. */
export class Disconnected extends Error {
  readonly how: Disconnect;

  constructor(how: Disconnect) {
    super(disconnects[how].reason);
    this.how = how;
  }
}

export function closeReason(how: Disconnect): string {
  const { reason, reconnect } = disconnects[how];
  return JSON.stringify({ reason, reconnect });
}

/** `result`: JSON text; absent where a method answers with nothing. `id` 0, of a command without one, is left out. */
export function reply(id: number, result?: string): string {
  const parts = [...(id === 0 ? [] : [`"id":${id}`]), ...(result === undefined ? [] : [`"result":${result}`])];
  return `{${parts.join(",")}}\n`;
}

export function errorReply(id: number, error: ReplyError): string {
  return `{${id === 0 ? "" : `"id":${id},`}"error":${JSON.stringify(replyErrors[error])}}\n`;
}

const pushTypes = { publication: "", join: '"type":1,', leave: '"type":2,', unsub: '"type":3,' } as const;

/** `data`: JSON text. */
export function push(type: keyof typeof pushTypes, channel: string, data: string): string {
  return `{"result":{${pushTypes[type]}"channel":${JSON.stringify(channel)},"data":${data}}}\n`;
}

/** A position in a channel as two numbers of 32 bits, and back. */
const generation = 2 ** 32;

/** `"seq":15,` with `gen` before 4 thousand million only where it is not 0; each left out where it is. */
export function positionFields(position: number): { readonly seq?: number; readonly gen?: number } {
  const seq = position % generation;
  const gen = Math.floor(position / generation);
  return { ...(seq > 0 && { seq }), ...(gen > 0 && { gen }) };
}

export function positionOf(seq: number, gen: number): number {
  return gen * generation + seq;
}
