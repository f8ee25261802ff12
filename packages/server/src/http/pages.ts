import { Refused } from "../core/errors.ts";
import type { Route } from "./router.ts";

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
  const file = await files(name);
  if (file === undefined) throw new Refused("not_found");
  return new Response(file.body, { headers: { "content-type": file.contentType, ...securityHeaders } });
}

export function pageRoutes(files: PageFiles): readonly Route[] {
  const page = (name: string) => pageAnswer(files, name);
  return [
    { method: "GET", pattern: "/", answer: () => page("home.html") },
    { method: "GET", pattern: "/overlay", answer: () => page("overlay.html") },
    { method: "GET", pattern: "/overlay/", answer: () => page("overlay.html") },
    { method: "GET", pattern: "/overlay/{name}", answer: () => page("overlay.html") },
    { method: "GET", pattern: "/assets/{name}", answer: ({ path }) => page(path["name"] ?? "") },
  ];
}
