import { hkdfSync } from "node:crypto";
import { decrypt, encrypt } from "./cipher.ts";

const purpose = "tipwire: the successors of a refresh token";

/** Text that only the holder of `secret` (256 random bits, as text) can read again, under a key made from it. */
export function seal(text: string, secret: string): string {
  return encrypt(text, keyOf(secret));
}

/** Throws when it was sealed with another secret, or changed since. */
export function unseal(sealed: string, secret: string): string {
  return decrypt(sealed, keyOf(secret));
}

function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", purpose, 32));
}
