import { expect, test } from "bun:test";
import fc from "fast-check";
import { CannotOpen } from "../core/vault.ts";
import { newSecretKey, openVault } from "./vault.ts";

const [first, second] = [newSecretKey(), newSecretKey()];
const withKeys = (setting: string) => openVault({ setting, kept: undefined });

test("what was sealed opens in its own place only, with any secret", () => {
  const vault = withKeys(first);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string(), fc.string(), (secret, place, other) => {
      const sealed = vault.seal(secret, place);
      expect(vault.open(sealed, place)).toBe(secret);
      expect(vault.seal(secret, place)).not.toBe(sealed);
      if (other !== place) expect(() => vault.open(sealed, other)).toThrow(CannotOpen);
    }),
  );
});

test("sealed values swapped between rows or columns are an error", () => {
  const vault = withKeys(first);
  const places = ["connection:1:secret", "connection:2:secret", "connection:1:state", "connection:11:secret"];
  const sealed = places.map((place) => vault.seal(`of ${place}`, place));
  for (const [i, text] of sealed.entries()) {
    for (const [j, place] of places.entries()) {
      if (i === j) expect(vault.open(text, place)).toBe(`of ${place}`);
      else expect(() => vault.open(text, place)).toThrow(CannotOpen);
    }
  }
});

test("every bit of every character flipped, each one missing, each one doubled: an error, never a wrong secret", () => {
  const vault = withKeys(first);
  // Of every length modulo three, since base64url ends differently.
  for (const secret of ["", "a", "ab", "abc", "a secret of usual length, longer than a block of AES"]) {
    const sealed = vault.seal(secret, "place");
    const changed = new Set<string>();
    for (let i = 0; i < sealed.length; i++) {
      const [before, after] = [sealed.slice(0, i), sealed.slice(i + 1)];
      for (let bit = 0; bit < 8; bit++) {
        changed.add(before + String.fromCharCode(sealed.charCodeAt(i) ^ (1 << bit)) + after);
      }
      changed.add(before + after).add(before + sealed[i] + sealed[i] + after);
    }
    for (const extra of [".", ".x", "=", " ", "\n", "A"]) changed.add(sealed + extra).add(extra + sealed);
    changed.delete(sealed);
    for (const text of changed) expect(() => vault.open(text, "place")).toThrow(CannotOpen);
  }
});

test("of several keys the first seals and all open; one that is gone opens nothing", () => {
  const before = withKeys(first).seal("secret", "place");
  const rotated = withKeys(`${second}, ${first.toUpperCase()}`);
  expect(rotated.open(before, "place")).toBe("secret");
  const after = rotated.seal("secret", "place");
  expect([rotated.isCurrent(before), rotated.isCurrent(after)]).toEqual([false, true]);
  expect(withKeys(second).open(after, "place")).toBe("secret");
  expect(() => withKeys(first).open(after, "place")).toThrow("sealed with a key that this server does not have");
  expect(() => withKeys(second).open(before, "place")).toThrow(CannotOpen);
  expect(before).not.toContain("secret");
});

test("a key of its own is made when the first secret is sealed, and not before; with a setting never", () => {
  let made = 0;
  const kept = () => {
    made++;
    return first;
  };
  const vault = openVault({ setting: "", kept });
  expect([vault.ready, made]).toEqual([true, 0]);
  const sealed = vault.seal("secret", "place");
  expect(vault.open(sealed, "place")).toBe("secret");
  expect(made).toBe(1);
  expect(openVault({ setting: first, kept }).open(sealed, "place")).toBe("secret");
  expect(made).toBe(1);
});

test("without any key it says which setting is missing", () => {
  const vault = withKeys("");
  expect(vault.ready).toBe(false);
  expect(() => vault.seal("secret", "place")).toThrow("TIPWIRE_SECRET_KEY");
  expect(() => vault.open("1.x.y", "place")).toThrow("This node has no TIPWIRE_SECRET_KEY.");
});
