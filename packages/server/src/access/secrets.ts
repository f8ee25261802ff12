import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** 256 random bits as 64 hex digits: the form of a stream token that Tuniform's page prescribes. */
export function newStreamToken(): string {
  return randomBytes(32).toString("hex");
}

/**
 * An API key: `tw_<id>_<secret>_<checksum>`, letters, digits and `_` only, since clients put it into addresses unescaped.
 * The prefix and checksum let scanners of published code recognise one; the id finds its row.
 */
export function newKey(id: number): string {
  const secret = `tw_${id.toString(36)}_${randomBytes(32).toString("hex")}`;
  return `${secret}_${checksum(secret)}`;
}

/** 256 random bits behind a word that says what they are for: codes and tokens of applications, links, sessions. */
export function newSecret(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString("hex")}`;
}

/** The id in a well-formed key, or `undefined`. */
export function parseKey(key: string): number | undefined {
  const match = /^(tw_([0-9a-z]{1,10})_[0-9a-f]{64})_([0-9a-z]{7})$/.exec(key);
  if (match === null) return undefined;
  const [, secret = "", id = "", sum = ""] = match;
  return checksum(secret) === sum ? Number.parseInt(id, 36) : undefined;
}

/** Hex SHA-256. A fast hash is right for secrets of 256 random bits. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares two hex digests in constant time. */
export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function checksum(text: string): string {
  return crc32(text).toString(36).padStart(7, "0");
}
