import { createHash, randomBytes } from "node:crypto";
import { Refused } from "../core/errors.ts";
import type { Route, Visit } from "./router.ts";

/** A file of the web pages as it was built. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/** Finds a built page or asset by name (`overlay.html`). */
export type PageFiles = (name: string) => Promise<PageFile | undefined>;

/** Nothing from elsewhere, nothing inline but style attributes, and no address of ours ever leaves with a link. */
const securityHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:; connect-src 'self' ws: wss:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
};

/** The built page or asset of that name. */
export async function pageAnswer(files: PageFiles, name: string): Promise<Response> {
  const { body, contentType } = await found(files, name);
  return new Response(body, { headers: { "content-type": contentType, ...securityHeaders } });
}

export function pageRoutes(files: PageFiles): readonly Route[] {
  const overlay = ({ url }: Visit) => viewersPage(files, "overlay.html", url.host);
  return [
    { method: "GET", pattern: "/", answer: () => pageAnswer(files, "home.html") },
    { method: "GET", pattern: "/overlay", answer: overlay },
    { method: "GET", pattern: "/overlay/", answer: overlay },
    { method: "GET", pattern: "/overlay/{name}", answer: overlay },
    { method: "GET", pattern: "/obs", answer: ({ url }) => viewersPage(files, "obs.html", url.host) },
    {
      method: "GET",
      pattern: "/assets/{name}",
      answer: ({ path, request }) => asset(files, path["name"] ?? "", request),
    },
  ];
}

/** What the built pages have where the nonce belongs. */
const noncePlace = "%nonce%";

/**
 * A page that shows what viewers wrote, or holds a key. Only its own script runs, by a nonce, and no text can become one
 * (Trusted Types). Styles may be inline without a nonce, or OBS's custom CSS would not work.
 */
async function viewersPage(files: PageFiles, name: string, host: string): Promise<Response> {
  const { body, contentType } = await found(files, name);
  const nonce = randomBytes(16).toString("base64url");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const html = new TextDecoder().decode(body).replaceAll(noncePlace, nonce);
  const headers = { "content-type": contentType, ...securityHeaders, "content-security-policy": policy };
  return new Response(html, { headers });
}

/** Asked for again at every load, and sent again only when it has changed: typefaces and sounds are large. */
async function asset(files: PageFiles, name: string, request: Request): Promise<Response> {
  const { body, contentType } = await found(files, name);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const headers = { "content-type": contentType, etag, ...securityHeaders };
  if (request.headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers });
  return new Response(body, { headers });
}

async function found(files: PageFiles, name: string): Promise<PageFile> {
  const file = await files(name);
  if (file === undefined) throw new Refused("not_found");
  return file;
}
