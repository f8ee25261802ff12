/** A flag that cannot be used; the message says to a person which and why. */
export class FlagInvalid extends Error {}

/** `--name value` pairs and lone `--name`s. */
export class Flags {
  readonly #given = new Map<string, string>();
  readonly #asked = new Set<string>();

  constructor(args: readonly string[]) {
    for (let i = 0; i < args.length; i++) {
      const [flag = "", inline] = (args[i] ?? "").split("=", 2);
      if (!flag.startsWith("--")) throw new FlagInvalid(`${args[i]} is not a flag.`);
      const next = args[i + 1];
      const separate = inline === undefined && next !== undefined && !next.startsWith("--");
      this.#given.set(flag.slice(2), inline ?? (separate ? next : ""));
      if (separate) i++;
    }
  }

  has(name: string): boolean {
    this.#asked.add(name);
    return this.#given.has(name);
  }

  text(name: string): string | undefined {
    this.#asked.add(name);
    return this.#given.get(name) || undefined;
  }

  /** A number of at least `least`; `usual` when it is not given. */
  number(name: string, usual: number, least = 0): number {
    const text = this.text(name);
    if (text === undefined) return usual;
    const value = Number(text);
    if (Number.isFinite(value) && value >= least) return value;
    throw new FlagInvalid(`--${name} must be a number of at least ${least}, not "${text}".`);
  }

  /** After everything was asked for: what is left is a mistake. */
  refuseOthers(): void {
    const unknown = [...this.#given.keys()].find((name) => !this.#asked.has(name));
    if (unknown !== undefined) throw new FlagInvalid(`There is no flag --${unknown} here.`);
  }
}
