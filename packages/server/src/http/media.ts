import { Refused } from "../core/errors.ts";
import { formats, mediaIdForm } from "../media/formats.ts";
import { type MediaFile, type MediaFiles, partBytes } from "../media/media-files.ts";
import { refusal } from "./answers.ts";
import type { Route, Visit } from "./router.ts";

/**
 * What creators uploaded, for the pages of our own origin. Whatever a browser takes it for, it is the type that was found in
 * its bytes, and opened by itself it is a page in which nothing runs. The address holds a hash of the bytes: it never changes.
 */
const headers = {
  "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "cache-control": "private, max-age=31536000, immutable",
  "accept-ranges": "bytes",
};

export function mediaFileRoutes(media: MediaFiles): readonly Route[] {
  async function answer({ path, request }: Visit): Promise<Response> {
    const id = path["id"] ?? "";
    const file = mediaIdForm.test(id) ? await media.find(id) : undefined;
    if (file === undefined) throw new Refused("not_found");
    const etag = `"${id}"`;
    const own = { ...headers, "content-type": formats[file.format].contentType, etag };
    if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: own });
    const range = rangeOf(request.headers.get("range"), file.bytes);
    if (range === "unsatisfiable") {
      const beyond = refusal("range_beyond");
      beyond.headers.set("content-range", `bytes */${file.bytes}`);
      return beyond;
    }
    const { from, to } = range ?? { from: 0, to: file.bytes };
    const length = { "content-length": String(to - from) };
    const partial = range && { "content-range": `bytes ${from}-${to - 1}/${file.bytes}` };
    const body = request.method === "HEAD" ? null : streamOf(media, file, from, to);
    return new Response(body, { status: range ? 206 : 200, headers: { ...own, ...length, ...partial } });
  }
  return [{ method: "GET", pattern: "/media/{id}", answer }];
}

interface Range {
  readonly from: number;
  /** The byte after the last one. */
  readonly to: number;
}

/** One range of bytes (RFC 9110, section 14). What is none, or several, is as if nobody had asked. */
function rangeOf(header: string | null, length: number): Range | "unsatisfiable" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const count = Math.min(Number(last), length);
    return count === 0 ? "unsatisfiable" : { from: length - count, to: length };
  }
  const [from, to] = [Number(first), last === "" ? length : Math.min(Number(last) + 1, length)];
  if (last !== "" && Number(last) < from) return undefined;
  return from >= length ? "unsatisfiable" : { from, to };
}

/** A part at a time, as the client takes them. */
function streamOf(media: MediaFiles, file: MediaFile, from: number, to: number): ReadableStream<Uint8Array> {
  let at = from;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const number = Math.floor(at / partBytes);
        const part = await media.part(file, number);
        if (part === undefined) {
          controller.error(new Error("The file was removed."));
          return;
        }
        const start = number * partBytes;
        controller.enqueue(part.subarray(at - start, to - start));
        at = start + part.length;
        if (at >= to) controller.close();
      },
    },
    { highWaterMark: 1 },
  );
}
