/** A list that can be waited for. */
export class Collected<Item> {
  readonly items: Item[] = [];
  readonly #waiting = new Set<() => void>();

  readonly add = (item: Item): void => {
    this.items.push(item);
    for (const look of this.#waiting) look();
  };

  /** The first item that fits, whether it is there or still to come. */
  find(fits: (item: Item) => boolean): Promise<Item> {
    return this.when((items) => items.find(fits));
  }

  /** Resolves with what `look` sees as soon as it sees something. */
  when<Seen>(look: (items: readonly Item[]) => Seen | undefined | false): Promise<Seen> {
    return new Promise((resolve) => {
      const check = () => {
        const seen = look(this.items);
        if (seen === undefined || seen === false) return;
        this.#waiting.delete(check);
        resolve(seen);
      };
      this.#waiting.add(check);
      check();
    });
  }

  count(number: number): Promise<readonly Item[]> {
    return this.when((items) => items.length >= number && items.slice(0, number));
  }
}
