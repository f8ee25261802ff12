import { z } from "zod";
import { scopes } from "../../access/credential.ts";
import type { ApiKey } from "../../access/directory.ts";
import { newKey, sha256 } from "../../access/secrets.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import { list, trimmedText } from "../../intake/schema.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route } from "../router.ts";
import type { ApiRoom } from "./room.ts";

const keyBody = z.object({
  name: trimmedText(1, 100),
  scopes: list(z.enum(scopes), 1, 100).default(["events:read"]),
  account: z.string().optional(),
  channels: list(z.string(), 1, 100).optional(),
});

export function keyRoutes({ callers, directory, clock, bodyBytes }: ApiRoom): readonly Route[] {
  async function shown(key: ApiKey) {
    const accounts = await directory.accounts();
    const account = accounts.find(({ id }) => id === key.account)?.name ?? "";
    const channels =
      key.channels === null
        ? null
        : await Promise.all(key.channels.map(async (id) => (await directory.channel(id))?.slug ?? String(id)));
    const revokedAt = key.revokedAt === null ? null : isoTime(key.revokedAt);
    const { name, scopes } = key;
    return { id: String(key.id), name, account, scopes, channels, createdAt: isoTime(key.createdAt), revokedAt };
  }

  return [
    {
      method: "GET",
      pattern: "/v1/keys",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const keys = await directory.keys(credential.administrator ? undefined : credential.account);
        return json({ keys: await Promise.all(keys.map(shown)) });
      },
    },
    {
      method: "POST",
      pattern: "/v1/keys",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const body = await readBody(visit.request, keyBody, bodyBytes);
        const account = await callers.accountFor(credential, body.account);
        const channels = body.channels && (await Promise.all(body.channels.map((slug) => covered(slug, account))));
        let key = "";
        const made = await directory.createKey(
          { name: body.name, account, scopes: [...new Set(body.scopes)], channels: channels ?? null },
          (id) => {
            key = newKey(id);
            return sha256(key);
          },
        );
        return json({ ...(await shown(made)), key }, 201);
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/keys/{id}",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const id = Number(visit.path["id"]);
        const keys = await directory.keys(credential.administrator ? undefined : credential.account);
        const key = keys.find((each) => each.id === id && each.revokedAt === null);
        if (key === undefined || !(await directory.revokeKey(id))) throw new Refused("key_unknown");
        return json(await shown({ ...key, revokedAt: clock.now() }));
      },
    },
  ];

  /** The id of a channel that the account owns or moderates. */
  async function covered(slug: string, account: number): Promise<number> {
    const channel = await directory.channelNamed(slug.toLowerCase());
    const role = channel && (await directory.role(account, channel.id));
    if (channel === undefined || role === undefined) {
      throw new Refused("channel_unknown", `There is no channel ${slug} that this account owns or moderates.`);
    }
    return channel.id;
  }
}
