import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM under a key of 32 bytes, with a nonce of its own each time, as base64url. `place` is not in it and not secret:
 * what was sealed for one place opens in no other.
 */
export function encrypt(text: string, key: Buffer, place = ""): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

/** Throws where key or place are others, or a single character of it has changed. */
export function decrypt(sealed: string, key: Buffer, place = ""): string {
  const bytes = Buffer.from(sealed, "base64url");
  // Characters that are none of base64url's, and bits that a last one does not need, would be passed over.
  if (bytes.toString("base64url") !== sealed) throw new Error("This is not what was sealed.");
  const nonce = bytes.subarray(0, nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  return text.toString("utf8");
}
