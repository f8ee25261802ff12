import { parseExact } from "../../intake/exact-json.ts";
import { fieldsOf, textOf } from "../../intake/fields.ts";
import type { PallyEcho } from "./wire.ts";

/** A type that no client of Pally takes for a tip, should an echo ever reach others than its sender. */
const type = "tipwire.self-test";

const none: ReadonlySet<string> = new Set();

/** Asks for an echo of `id`. */
export function selfTest(id: string): string {
  const echo: PallyEcho = { type: "echo", payload: { type, id } };
  return JSON.stringify(echo);
}

/** The id in the answer to a self-test. The documented answer is the payload alone; one client expects the whole message. */
export function selfTestAnswer(text: string): string | undefined {
  const frame = fieldsOf(parseExact(text, none));
  const payload = frame?.type === "echo" ? fieldsOf(frame.payload) : frame;
  return payload?.type === type ? textOf(payload.id) : undefined;
}
