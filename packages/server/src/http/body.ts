import type { z } from "zod";
import { Refused } from "../core/errors.ts";
import { readAs } from "../intake/schema.ts";

/** A body of at most `limit` bytes. */
export async function readText(request: Request, limit: number): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limit);
  const text = await request.text().catch((cause: unknown) => {
    throw new Refused("body_invalid", "The body did not arrive whole.", { cause });
  });
  if (text.length > limit || Buffer.byteLength(text) > limit) throw tooLarge(limit);
  return text;
}

/** The JSON of a body of at most `limit` bytes. */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  return parsed(await readText(request, limit));
}

/** The body as `schema` describes it. */
export async function readBody<T>(request: Request, schema: z.ZodType<T>, limit: number): Promise<T> {
  return readAs(schema, await readJson(request, limit));
}

/** The same, where no body at all is an empty object. */
export async function readOptionalBody<T>(request: Request, schema: z.ZodType<T>, limit: number): Promise<T> {
  const text = await readText(request, limit);
  return readAs(schema, text === "" ? {} : parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refused("json_invalid", undefined, { cause });
  }
}

function tooLarge(limit: number): Refused {
  return new Refused("body_too_large", `The body is larger than ${Math.round(limit / 1024)} KB.`);
}
