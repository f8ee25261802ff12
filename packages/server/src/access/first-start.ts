import type { Account, Directory } from "./directory.ts";
import { newKey, newStreamToken, parseKey, sameHash, sha256 } from "./secrets.ts";

/** What a first start made, to be shown once. */
export interface FirstChannel {
  readonly slug: string;
  readonly streamToken: string;
}

/** Makes the administrator's account and a first channel where there is none yet. */
export async function prepareFirstStart(directory: Directory): Promise<FirstChannel | undefined> {
  const accounts = await directory.accounts();
  if (accounts.some(({ administrator }) => administrator)) return undefined;
  const admin = await directory.createAccount("admin", true);
  if (admin === "name-taken") return undefined;
  const settings = { title: "My channel", kickUsername: "", url: "" };
  const channel = await directory.createChannel("main", admin.id, settings);
  if (channel === "name-taken") return undefined;
  const streamToken = newStreamToken();
  await directory.rotateToken(channel.id, sha256(streamToken), 0);
  return { slug: channel.slug, streamToken };
}

/** The key by which this machine's command line administers the server: `known` while it is good, else a new one. */
export async function administratorKey(directory: Directory, known: string | undefined): Promise<string> {
  if (known !== undefined && (await isGood(directory, known))) return known;
  const accounts = await directory.accounts();
  const admin = accounts.find(({ administrator }) => administrator) as Account;
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
