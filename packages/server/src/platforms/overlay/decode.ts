import type { OverlayHello, OverlayMessage, OverlayRequest } from "@tipwire/client";
import { z } from "zod";

const showing = z.string().min(1).max(100);
const at = z.number();
const milliseconds = z.number().min(0).max(86_400_000);
const report = z.discriminatedUnion("type", [
  z.object({ type: z.literal("started"), showing, at, visible: z.boolean() }),
  z.object({ type: z.literal("finished"), showing, at, shown: milliseconds, visible: milliseconds }),
  z.object({ type: z.literal("failed"), showing, at, reason: z.string().max(200) }),
]);
const hello = z.object({
  type: z.literal("hello"),
  protocol: z.literal(1),
  key: z.string().max(200),
  copy: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  connection: z.number().int().min(0).optional(),
  build: z.string().max(100),
  part: z.enum(["screen", "watching"]),
  visible: z.boolean(),
  obs: z.string().max(100).nullable(),
  streaming: z.boolean().nullable().default(null),
  width: z.number(),
  height: z.number(),
  playing: showing.nullable(),
  reports: z.array(report).max(50),
  now: z.number().optional(),
});
const others = z.discriminatedUnion("type", [
  ...report.options,
  z.object({ type: z.literal("visible"), visible: z.boolean() }),
  z.object({ type: z.literal("pong") }),
  z.object({ type: z.literal("streaming"), streaming: z.boolean().nullable(), active: z.boolean().nullable() }),
]);

const request = z.object({
  hello,
  messages: z.array(others).max(50),
  after: z.string().max(100).nullable(),
  wait: z.number().min(0).max(25),
});

/** What a page asks that has no WebSocket. */
export function decodeRequest(text: string): OverlayRequest | undefined {
  return decoded(request, text);
}

/** The page's first frame; `undefined` where it is not of the documented form. */
export function decodeHello(text: string): OverlayHello | undefined {
  return decoded(hello, text);
}

/** Any later frame. */
export function decodeMessage(text: string): Exclude<OverlayMessage, OverlayHello> | undefined {
  return decoded(others, text);
}

function decoded<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
