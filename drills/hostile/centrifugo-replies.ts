import {
  closeReason,
  type Disconnect,
  disconnects,
  replyErrors,
} from "../../packages/server/src/platforms/donationalerts/centrifugo.ts";

/** A reply or push, or what is wrong with a text frame of the server's as Centrifugo 2.2.1 writes them. */
export type Reply = { readonly error?: { readonly code: number } } | { readonly fault: string };

const keys = ["id", "error", "result"];

export function readReply(text: string): Reply {
  const fault = (why: string) => ({ fault: `${why}: ${text.slice(0, 200)}` });
  if (!text.endsWith("}\n") || text.indexOf("\n") !== text.length - 1) return fault("not one line");
  let message: { readonly error?: { readonly code: number } };
  try {
    message = JSON.parse(text) as typeof message;
  } catch {
    return fault("no JSON");
  }
  const given = Object.keys(message);
  if (given.join() !== keys.filter((key) => given.includes(key)).join()) return fault("other keys, or another order");
  const { error } = message;
  const isKnown = Object.values(replyErrors).some((each) => JSON.stringify(each) === JSON.stringify(error));
  return error === undefined || isKnown ? message : fault("an unknown error");
}

/** Whether the server may close so. 1009: more than 64 KB. */
export function isRightClose(code: number, reason: string): boolean {
  const how = Object.entries(disconnects).find(([, each]) => each.code === code)?.[0];
  if (how === undefined) return [1000, 1005, 1009].includes(code);
  return reason === closeReason(how as Disconnect);
}
