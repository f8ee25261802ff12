import type { Account, Directory } from "./directory.ts";
import { newKey, newStreamToken, parseKey, sameHash, sha256 } from "./secrets.ts";

/** What a first start made, to be shown once. */
export interface FirstChannel {
  readonly slug: string;
  readonly streamToken: string;
}

/**
 * Makes the administrator's account and a first channel. It is the first start as long as that account has no key, which is
 * made last: a first start that was cut off half way is done again, and shows its link.
 */
export async function prepareFirstStart(directory: Directory): Promise<FirstChannel | undefined> {
  const admin = await administrator(directory);
  if ((await directory.keys(admin.id)).length > 0) return undefined;
  const settings = { title: "My channel", kickUsername: "", url: "" };
  const made = await directory.createChannel("main", admin.id, settings);
  const channel = made === "name-taken" ? await directory.channelNamed("main") : made;
  if (channel === undefined) return undefined;
  const streamToken = newStreamToken();
  await directory.rotateToken(channel.id, sha256(streamToken), 0);
  return { slug: channel.slug, streamToken };
}

async function administrator(directory: Directory): Promise<Account> {
  const known = (await directory.accounts()).find(({ administrator }) => administrator);
  const admin = known ?? (await directory.createAccount("admin", true));
  if (admin === "name-taken") throw new Error("An account is called admin, and nobody is the administrator.");
  return admin;
}

/** The key by which this machine's command line administers the server: `known` while it is good, else a new one. */
export async function administratorKey(directory: Directory, known: string | undefined): Promise<string> {
  if (known !== undefined && (await isGood(directory, known))) return known;
  const admin = await administrator(directory);
  let made = "";
  await directory.createKey(
    {
      name: "this computer",
      account: admin.id,
      scopes: ["events:read", "events:write", "control", "admin"],
      channels: null,
    },
    (id) => {
      made = newKey(id);
      return sha256(made);
    },
  );
  return made;
}

async function isGood(directory: Directory, key: string): Promise<boolean> {
  const id = parseKey(key);
  const row = id === undefined ? undefined : await directory.keyForAuthentication(id);
  return row !== undefined && !row.revoked && row.credential.scopes.has("admin") && sameHash(row.hash, sha256(key));
}
