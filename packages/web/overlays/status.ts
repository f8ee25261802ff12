import type { FollowState } from "@tipwire/client";

/** Words for whoever opened the overlay in a browser. On stream a fault is invisible: inside OBS nothing is ever said. */
export class Status {
  readonly #element: HTMLElement;
  readonly #silent: boolean;
  #shownAny = false;

  constructor(element: HTMLElement, silent: boolean) {
    this.#element = element;
    this.#silent = silent;
  }

  wrongLink(): void {
    this.#say(
      "This overlay link is not complete: it ends with # and 64 characters. For a new one run",
      "npx tipwire token rotate main",
    );
  }

  alertShown(): void {
    this.#shownAny = true;
    this.#say("");
  }

  follow(state: FollowState): void {
    switch (state.status) {
      case "connecting":
        return;
      case "live":
        if (this.#shownAny) this.#say("");
        else this.#invite(state.hello?.channel.slug ?? "main");
        return;
      case "waiting":
        this.#say(`Not connected: ${state.reason}. Trying again…`);
        return;
      case "stopped":
        if (state.error === null) return;
        this.#say(
          `This overlay link does not work any more: ${state.error.message}. For a new one run`,
          "npx tipwire token rotate main",
        );
    }
  }

  #invite(slug: string): void {
    const command = `npx tipwire send ${slug} --name Ada --amount 5.00 --currency EUR --message "Hello!"`;
    this.#say("Waiting for the first donation. Send one:", command);
  }

  #say(sentence: string, command?: string): void {
    if (this.#silent) return;
    this.#element.textContent = sentence;
    this.#element.hidden = sentence === "";
    if (command === undefined) return;
    const code = document.createElement("code");
    code.textContent = command;
    this.#element.append(code);
  }
}

export function isInObs(): boolean {
  return "obsstudio" in window || navigator.userAgent.includes("OBS/");
}
