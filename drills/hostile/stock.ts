/** Things that work once, a few of them always at hand. */
export class Stock<Thing> {
  readonly #make: () => Promise<Thing>;
  readonly #level: number;
  readonly #things: Thing[] = [];
  #filling: Promise<void> | undefined;

  /** `level`: how many there are at most; twice as many as may be taken before the next `fill`. */
  constructor(make: () => Promise<Thing>, level: number) {
    this.#make = make;
    this.#level = level;
  }

  /** Resolves when at least half of the level is there. */
  async fill(): Promise<void> {
    if (this.#things.length >= this.#level / 2) return;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
    return this.#filling;
  }

  take(): Thing {
    const thing = this.#things.shift();
    if (thing === undefined) throw new Error("Taken more often than filled.");
    return thing;
  }

  async #fill(): Promise<void> {
    while (this.#things.length < this.#level) this.#things.push(await this.#make());
  }
}
