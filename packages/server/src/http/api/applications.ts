import { z } from "zod";
import type { Application, Applications } from "../../access/applications.ts";
import { type Grants, type ListedGrant, oauthScopes } from "../../access/grants.ts";
import { newSecret, sha256 } from "../../access/secrets.ts";
import type { Person } from "../../access/sign-ins.ts";
import type { TokenIssuer } from "../../access/token-issuer.ts";
import { isoTime } from "../../core/clock.ts";
import { Refused } from "../../core/errors.ts";
import { list, text, trimmedText } from "../../intake/schema.ts";
import { json } from "../answers.ts";
import { readBody } from "../body.ts";
import type { Route, Visit } from "../router.ts";
import type { ApiRoom } from "./room.ts";

export interface ApplicationRoom extends ApiRoom {
  readonly applications: Applications;
  readonly grants: Grants;
  readonly tokens: TokenIssuer;
  /** Makes a link that signs a person in, once. */
  readonly newLink: (person: Person) => Promise<{ readonly url: string; readonly expiresAt: number }>;
}

/** Schemes by which a browser would run or show what an application chose, in our name. */
const unsafe = /^(javascript|data|vbscript|file|blob|about|view-source):/i;

const redirectUri = text(0, 2000)
  .refine((uri) => /^[a-z][a-z0-9+.-]*:[!-~]+$/i.test(uri), "must be an absolute address without spaces")
  .refine((uri) => URL.canParse(uri) && !unsafe.test(uri), "must be an address that a browser may be sent to")
  .refine((uri) => !uri.includes("#"), "must not have a fragment (#…)");
const newApplication = z.object({
  name: trimmedText(1, 100),
  redirectUris: list(redirectUri, 1, 20),
  account: z.string().optional(),
});
const tokenRequest = z.object({
  channel: z.string(),
  scopes: list(z.enum(oauthScopes), 1, 100).default([...oauthScopes]),
});

/** Applications, what they were granted, and links that sign a person in. */
export function applicationRoutes(room: ApplicationRoom): readonly Route[] {
  const { callers, applications, grants, tokens, directory, clock, bodyBytes } = room;

  return [
    {
      method: "GET",
      pattern: "/v1/applications",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const all = await applications.list(credential.administrator ? undefined : credential.account);
        return json({ applications: await Promise.all(all.map(shown)) });
      },
    },
    {
      method: "POST",
      pattern: "/v1/applications",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const body = await readBody(visit.request, newApplication, bodyBytes);
        const account = await callers.accountFor(credential, body.account);
        const { name, redirectUris } = body;
        if ((await applications.list(account)).some((known) => known.name === name)) {
          throw new Refused("name_taken", `There is an application ${name} already.`);
        }
        const clientSecret = newSecret("tws");
        const made = await applications.create({ name, account, redirectUris }, sha256(clientSecret));
        return json({ ...(await shown(made)), clientSecret }, 201);
      },
    },
    {
      method: "POST",
      pattern: "/v1/applications/{id}/tokens",
      async answer(visit) {
        const credential = await callers.administrating(visit);
        const { channel: slug, scopes } = await readBody(visit.request, tokenRequest, bodyBytes);
        const application = await applications.application(Number(visit.path["id"]));
        const isTheirs = credential.administrator || application?.account === credential.account;
        if (application === undefined || !isTheirs) throw new Refused("application_unknown");
        const { channel } = await callers.administered({ ...visit, path: { slug } });
        const grant = { application: application.id, account: credential.account, channel: channel.id, scopes };
        const { accessToken, refreshToken, expiresAt } = await tokens.issue(grant, true);
        return json({ accessToken, refreshToken, userId: channel.id, scopes, expiresAt: isoTime(expiresAt) }, 201);
      },
    },
    {
      method: "GET",
      pattern: "/v1/channels/{slug}/grants",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        return json({ grants: (await grants.ofChannel(channel.id)).map(grantShown) });
      },
    },
    {
      method: "DELETE",
      pattern: "/v1/channels/{slug}/grants/{id}",
      async answer(visit) {
        const { channel } = await callers.administered(visit);
        const grant = (await grants.ofChannel(channel.id)).find(({ id }) => String(id) === visit.path["id"]);
        if (grant === undefined || !(await grants.revoke(grant.id))) throw new Refused("grant_unknown");
        return json(grantShown({ ...grant, revokedAt: clock.now() }));
      },
    },
    {
      method: "POST",
      pattern: "/v1/channels/{slug}/login",
      async answer(visit: Visit) {
        const { channel } = await callers.administered(visit);
        const { url, expiresAt } = await room.newLink({ account: channel.account, channel: channel.id });
        return json({ url, expiresAt: isoTime(expiresAt) }, 201);
      },
    },
  ];

  async function shown({ id, name, account, redirectUris, createdAt }: Application) {
    const owner = (await directory.accounts()).find((each) => each.id === account)?.name ?? "";
    return { clientId: String(id), name, account: owner, redirectUris, createdAt: isoTime(createdAt) };
  }
}

function grantShown({ id, applicationName, scopes, createdAt, tokensUntil, revokedAt }: ListedGrant) {
  return {
    id: String(id),
    application: applicationName,
    scopes,
    createdAt: isoTime(createdAt),
    tokensUntil: isoTime(tokensUntil),
    revokedAt: revokedAt === null ? null : isoTime(revokedAt),
  };
}
