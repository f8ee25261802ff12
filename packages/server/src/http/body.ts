import type { z } from "zod";
import { Refused } from "../core/errors.ts";
import { readAs } from "../intake/schema.ts";

/** A body of at most `limit` bytes. */
export async function readText(request: Request, limit: number): Promise<string> {
  const told = request.headers.get("content-length");
  if (Number(told ?? 0) > limit) throw tooLarge(limit);
  const text = await (told === null ? readCounted(request, limit) : request.text()).catch((cause: unknown) => {
    if (cause instanceof Refused) throw cause;
    throw new Refused("body_invalid", "The body did not arrive whole.", { cause });
  });
  if (text.length > limit || Buffer.byteLength(text) > limit) throw tooLarge(limit);
  return text;
}

/** A body that does not say how long it is. */
async function readCounted({ body }: Request, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of (body as AsyncIterable<Uint8Array> | null) ?? []) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
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
