import { expect, test } from "bun:test";
import { seal, unseal } from "./seal.ts";
import { newSecret } from "./secrets.ts";

test("what was sealed is read with the same secret only, and not at all when a bit of it has changed", () => {
  const secret = newSecret("twr");
  const sealed = seal("the pair", secret);
  expect(unseal(sealed, secret)).toBe("the pair");
  expect(seal("the pair", secret)).not.toBe(sealed);
  expect(() => unseal(sealed, newSecret("twr"))).toThrow();
  const bytes = Buffer.from(sealed, "base64url");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => unseal(changed.toString("base64url"), secret)).toThrow();
  }
});
