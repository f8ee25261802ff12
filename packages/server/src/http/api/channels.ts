import { z } from "zod";
import type { KeyCredential } from "../../access/credential.ts";
import type { Channel } from "../../access/directory.ts";
import { newStreamToken, sha256 } from "../../access/secrets.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import { text, trimmedText } from "../../intake/schema.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route } from "../router.ts";
import type { ApiRoom } from "./room.ts";

/** How long a rotated stream token goes on working unless told otherwise. */
const usualGraceSeconds = 3600;

const slug = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "must be 1 to 64 of a-z, 0-9, - and _, the first a letter or digit");
const settings = {
  title: trimmedText(1, 200).optional(),
  kickUsername: trimmedText(0, 100).optional(),
  url: text(0, 2048)
    .refine((text) => text === "" || (/^https?:\/\//i.test(text) && URL.canParse(text)), "must be an http address")
    .optional(),
};
const newChannel = z.object({ slug, account: z.string().optional(), ...settings });
const rotation = z.object({
  graceSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(usualGraceSeconds),
});
const membership = z.object({ role: z.enum(["owner", "moderator"]) });

export function channelRoutes(room: ApiRoom): readonly Route[] {
  const { callers, directory, clock, bodyBytes } = room;

  async function rotate(channel: Channel, graceSeconds: number) {
    const streamToken = newStreamToken();
    const earlierUntil = clock.now() + graceSeconds * 1000;
    await directory.rotateToken(channel.id, sha256(streamToken), earlierUntil);
    return { streamToken, earlierUntil: isoTime(earlierUntil) };
  }

  async function listed(credential: KeyCredential) {
    const all = credential.administrator && credential.scopes.has("admin");
    const channels = await directory.channels(all ? undefined : credential.account);
    return channels
      .filter((channel) => credential.channels === null || credential.channels.includes(channel.id))
      .map((channel) => shown(channel, all ? "administrator" : channel.role));
  }

  return [
    {
      method: "GET",
      pattern: "/v1/channels",
      async answer(visit) {
        const credential = await callers.credential(visit);
        if (credential.kind === "key") return json({ channels: await listed(credential) });
        throw new Refused("scope_missing", "A stream token knows its own channel only: /v1/me.");
      },
    },
    {
      method: "POST",
      pattern: "/v1/channels",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const body = await readBody(visit.request, newChannel, bodyBytes);
        const account = await callers.accountFor(credential, body.account);
        const { title = body.slug, kickUsername = "", url = "" } = body;
        const channel = await directory.createChannel(body.slug, account, { title, kickUsername, url });
        if (channel === "name-taken") throw new Refused("name_taken", `There is a channel ${body.slug} already.`);
        const { streamToken } = await rotate(channel, 0);
        return json({ ...shown(channel, "owner"), streamToken }, 201);
      },
    },
    {
      method: "GET",
      pattern: "/v1/channels/{slug}",
      async answer(visit) {
        const { channel, credential } = await callers.channel(visit, "events:read");
        const role = credential.kind === "key" ? await directory.role(credential.account, channel.id) : undefined;
        const totals = await room.totals.ofChannel(channel.id);
        return json({ ...shown(channel, role ?? (credential.kind === "key" ? "administrator" : "moderator")), totals });
      },
    },
    {
      method: "PATCH",
      pattern: "/v1/channels/{slug}",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        const { title, kickUsername, url } = await readBody(visit.request, z.object(settings), bodyBytes);
        const change = {
          ...(title && { title }),
          ...(kickUsername != null && { kickUsername }),
          ...(url != null && { url }),
        };
        return json(shown(await directory.setChannel(channel.id, change), "owner"));
      },
    },
    {
      method: "POST",
      pattern: "/v1/channels/{slug}/token",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        const { graceSeconds } = await readBody(visit.request, rotation, bodyBytes);
        return json(await rotate(channel, graceSeconds), 201);
      },
    },
    {
      method: "GET",
      pattern: "/v1/channels/{slug}/members",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        const members = await directory.members(channel.id);
        return json({ members: members.map(({ name, role }) => ({ account: name, role })) });
      },
    },
    {
      method: "PUT",
      pattern: "/v1/channels/{slug}/members/{account}",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        const { role } = await readBody(visit.request, membership, bodyBytes);
        const account = await directory.accountNamed(visit.path["account"] ?? "");
        if (account === undefined) throw new Refused("account_unknown");
        await directory.setMember(channel.id, account.id, role);
        return json({ account: account.name, role });
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/channels/{slug}/members/{account}",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        const account = await directory.accountNamed(visit.path["account"] ?? "");
        const removed = account !== undefined && (await directory.removeMember(channel.id, account.id));
        if (!removed) throw new Refused("member_unknown");
        return json({ account: account.name });
      },
    },
  ];
}

function shown(channel: Channel, role: string) {
  const { id, slug, title, kickUsername, url } = channel;
  return { id, slug, title, kickUsername, url, role, createdAt: isoTime(channel.createdAt) };
}
