import type { TipwireApi } from "@tipwire/client";

/** Somebody whom people give money to on the platforms of the sandbox. */
export interface Creator {
  readonly slug: string;
  readonly name: string;
  /** DonationAlerts' and Tuniform's number of them. */
  readonly userId: number;
  readonly streamToken: string;
  readonly pallyKey: string;
}

/** What DonationAlerts' page of applications would show. */
export interface RegisteredApplication {
  readonly appId: string;
  readonly apiKey: string;
  readonly redirectUris: readonly string[];
}

export interface World {
  readonly application: RegisteredApplication;
  readonly creators: readonly Creator[];
}

export interface WorldPlan {
  /** Names of creators; slugs are made from them. */
  readonly creators: readonly string[];
  readonly redirectUris: readonly string[];
}

/** Registers an application, and creators with an account, a channel, a stream token and a Pally key each. */
export async function populate(api: TipwireApi, { creators, redirectUris }: WorldPlan): Promise<World> {
  const { clientId, clientSecret } = await api.createApplication({ name: "Tipwire", redirectUris });
  const made: Creator[] = [];
  for (const name of creators) made.push(await createCreator(api, name));
  return { application: { appId: clientId, apiKey: clientSecret, redirectUris }, creators: made };
}

async function createCreator(api: TipwireApi, name: string): Promise<Creator> {
  const account = slugOf(name);
  await api.createAccount(account);
  const { id, slug, streamToken } = await api.createChannel({ slug: account, title: name, account });
  const { key } = await api.createKey({ name: "Pally", account, scopes: ["events:read"] });
  return { slug, name, userId: id, streamToken, pallyKey: key };
}

/** Lower-case letters and digits with hyphens between them. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
