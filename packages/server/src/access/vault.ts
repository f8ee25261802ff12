import { randomBytes } from "node:crypto";
import { Refused } from "../core/errors.ts";
import { CannotOpen, type Vault } from "../core/vault.ts";
import { decrypt, encrypt } from "./cipher.ts";
import { sha256 } from "./secrets.ts";

/** Where the vault's keys come from. */
export interface VaultKeys {
  /** One key, or several separated by commas, each 64 hex digits: the first seals, all open. `""`: not set. */
  readonly setting: string;
  /** Reads the key that is kept here, or makes it; asked for when it is needed. `undefined`: only a setting will do. */
  readonly kept: (() => string) | undefined;
}

const keyBytes = 32;

export function newSecretKey(): string {
  return randomBytes(keyBytes).toString("hex");
}

export function openVault({ setting, kept }: VaultKeys): Vault {
  let ring: KeyRing | undefined;
  const keys = () => {
    if (setting === "" && kept === undefined) return undefined;
    ring ??= new KeyRing(setting || (kept?.() ?? ""));
    return ring;
  };
  return {
    ready: setting !== "" || kept !== undefined,
    seal(secret, place) {
      const known = keys();
      if (known === undefined) throw new Refused("secret_key_missing");
      return known.seal(secret, place);
    },
    open(sealed, place) {
      const known = keys();
      if (known === undefined) throw new CannotOpen("This node has no TIPWIRE_SECRET_KEY.");
      return known.open(sealed, place);
    },
    isCurrent: (sealed) => keys()?.isCurrent(sealed) === true,
  };
}

/** Sealed texts are `1.<id of the key>.<AES-256-GCM>`. */
class KeyRing {
  readonly #keys = new Map<string, Buffer>();
  /** Which of them seals. */
  readonly #current: string;

  constructor(text: string) {
    const keys = text.split(",").map((hex) => Buffer.from(hex.trim(), "hex"));
    for (const key of keys) {
      if (key.length !== keyBytes) throw new CannotOpen("The secret key of this server is not 64 hex digits.");
      this.#keys.set(idOf(key), key);
    }
    this.#current = idOf(keys[0] as Buffer);
  }

  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`1.${this.#current}.`);
  }

  seal(secret: string, place: string): string {
    const head = `1.${this.#current}`;
    return `${head}.${encrypt(secret, this.#keys.get(this.#current) as Buffer, `${head}.${place}`)}`;
  }

  open(sealed: string, place: string): string {
    const [version = "", id = "", text = "", ...rest] = sealed.split(".");
    const key = this.#keys.get(id);
    if (version !== "1" || key === undefined || rest.length > 0) throw new CannotOpen(otherKey);
    try {
      return decrypt(text, key, `${version}.${id}.${place}`);
    } catch (cause) {
      throw new CannotOpen("The stored secret was changed: it cannot be opened.", { cause });
    }
  }
}

/** Tells keys apart, and tells nothing about them. */
function idOf(key: Buffer): string {
  return sha256(`tipwire: the id of a secret key ${key.toString("hex")}`).slice(0, 8);
}

const otherKey =
  "The stored secret was sealed with a key that this server does not have. Was TIPWIRE_SECRET_KEY changed?";
