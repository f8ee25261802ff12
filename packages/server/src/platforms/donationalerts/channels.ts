import type { Grant, OAuthScope } from "../../access/grants.ts";

/** What a channel of the realtime server carries. */
export interface RealtimeChannel {
  readonly name: string;
  readonly carries: "donations" | "custom alerts" | "goals";
  /** Whose: the id of one of our channels. */
  readonly user: number;
}

/**
 * Namespaces as documented ("Centrifugo Channels"), with `$` for private. `$alerts:custom_alert_<id>` is ours: the
 * original documents no channel for custom alerts. Polls can be named and are never there.
 */
const kinds: Readonly<Record<string, { carries: RealtimeChannel["carries"]; scope: OAuthScope }>> = {
  "$alerts:donation": { carries: "donations", scope: "oauth-donation-subscribe" },
  "$alerts:custom_alert": { carries: "custom alerts", scope: "oauth-donation-subscribe" },
  "$goals:goal": { carries: "goals", scope: "oauth-goal-subscribe" },
};

const namespaces: ReadonlySet<string> = new Set(["alerts", "goals", "polls"]);

/** The channel that a grant may subscribe to under that name. */
export function permittedChannel(name: string, grant: Grant): RealtimeChannel | undefined {
  const [, kind = "", id = ""] = /^(\$\w+:\w+)_(\d{1,15})$/.exec(name) ?? [];
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (known === undefined || Number(id) !== grant.channel || !grant.scopes.includes(known.scope)) return undefined;
  return { name, carries: known.carries, user: grant.channel };
}

/** Whether the server knows the namespace, the part before the colon. */
export function knowsNamespace(name: string): boolean {
  return namespaces.has(name.replace(/^\$/, "").split(":")[0] ?? "");
}
