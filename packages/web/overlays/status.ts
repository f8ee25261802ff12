import type { FollowState, OverlayPart } from "@tipwire/client";
import type { FeedState } from "./screen/feed.ts";
import type { Sounds } from "./sounds.ts";

const newLink = "npx tipwire overlay list";

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
      "This overlay link is not complete: it ends with # and a key. For a new one run",
      "npx tipwire overlay list",
    );
  }

  alertShown(): void {
    this.#shownAny = true;
    this.#say("");
  }

  /** A browser tab may not sound before somebody clicks. */
  soundBlocked(sounds: Sounds): void {
    this.#say("The browser keeps this tab silent until you click.");
    this.#button("Turn sound on", () => {
      sounds.unblock();
      this.#say("");
    });
  }

  feed(state: FeedState, part: OverlayPart): void {
    if (state.status === "live") this.#connected(part);
    else if (state.status === "waiting") this.#say(`Not connected: ${state.reason}. Trying again…`);
    else if (state.status === "stopped") {
      this.#say(`This overlay link does not work any more: ${state.reason}. For a new one run`, newLink);
    }
  }

  #connected(part: OverlayPart): void {
    if (this.#shownAny) this.#say("");
    else if (part === "screen") this.#say("Connected. Alerts appear here.");
    else this.#explainTab();
  }

  #explainTab(): void {
    this.#say("This is a browser tab, not OBS, so alerts do not play here: viewers would miss them.");
    this.#button("Play alerts in this tab", () => {
      location.search = "?screen";
    });
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

  #button(label: string, call: () => void): void {
    if (this.#silent) return;
    const button = document.createElement("button");
    button.textContent = label;
    button.addEventListener("click", call);
    this.#element.append(button);
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
