import { sha256 } from "../access/secrets.ts";
import { notGranted } from "../http/answers.ts";
import type { Route } from "../http/router.ts";
import type { Inside } from "../http/surroundings.ts";
import { headOf } from "../log/resume.ts";
import { TuniformEncoder } from "../platforms/tuniform/encode.ts";
import type { Misbehaviour } from "./misbehaviour.ts";
import { refusedAtTheDoor } from "./refusals.ts";

/** How many of the newest events are listed. */
const listed = 500;

/**
 * The list that Tuniform's page speaks of and names no address for: `GET /sandbox/tuniform?token=…`, an array of the objects
 * that its socket sends, newest last.
 */
export function tuniformList({ directory, log }: Inside, misbehaviour: Misbehaviour): Route {
  return {
    method: "GET",
    pattern: "/sandbox/tuniform",
    async answer({ url }) {
      const refused = refusedAtTheDoor(misbehaviour);
      if (refused !== undefined) return notGranted(refused);
      const credential = await directory.tokenForAuthentication(sha256(url.searchParams.get("token") ?? ""));
      const channel = credential && (await directory.channel(credential.channel));
      if (channel === undefined) {
        return notGranted({ status: 401, contentType: "text/plain; charset=utf-8", body: "Invalid or expired token" });
      }
      const encoder = new TuniformEncoder(channel, log.epoch);
      const after = Math.max(0, (await headOf(log, channel.id)) - listed);
      const objects = (await log.read(channel.id, after, listed)).map((record) => encoder.encode(record));
      const body = `[${objects.filter((object) => object !== null).join(",")}]`;
      return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
    },
  };
}
