import type { OverlayNoted, ShowingReport } from "@tipwire/client";

const most = 50;

/** What the page has to report, kept until the server has noted it: a connection may break at any moment. */
export class Reports {
  #kept: readonly ShowingReport[] = [];

  /** Oldest first. */
  get all(): readonly ShowingReport[] {
    return this.#kept;
  }

  add(report: ShowingReport): void {
    this.#kept = [...this.#kept, report].slice(-most);
  }

  noted({ showing, report }: OverlayNoted): void {
    this.#kept = this.#kept.filter((one) => one.showing !== showing || one.type !== report);
  }
}
