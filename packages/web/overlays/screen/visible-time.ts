/** Adds up for how long the page could be seen. */
export class VisibleTime {
  #sum = 0;
  #since: number | undefined;

  constructor(visible: boolean) {
    this.change(visible);
  }

  change(visible: boolean): void {
    this.#sum = this.milliseconds;
    this.#since = visible ? performance.now() : undefined;
  }

  get milliseconds(): number {
    return this.#sum + (this.#since === undefined ? 0 : Math.round(performance.now() - this.#since));
  }
}
