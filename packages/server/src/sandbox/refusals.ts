import type { Refusal } from "../core/socket.ts";
import type { Misbehaviour } from "./misbehaviour.ts";

/** A request or connection that the switches refuse at the door, as a proxy in front of a platform does; `undefined`: it is let in. */
export function refusedAtTheDoor(misbehaviour: Misbehaviour): Refusal | undefined {
  const { retryAfter, serverErrorStatus } = misbehaviour.faults;
  if (misbehaviour.happens("tooMany")) {
    const body = JSON.stringify({ message: "Too Many Attempts." });
    return { status: 429, contentType: "application/json", body, ...(retryAfter > 0 && { retryAfter }) };
  }
  if (!misbehaviour.happens("serverError")) return undefined;
  const body = `<html><head><title>${serverErrorStatus}</title></head><body><h1>${serverErrorStatus}</h1></body></html>`;
  return { status: serverErrorStatus, contentType: "text/html", body };
}
