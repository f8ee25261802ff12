import { command, element } from "../shared/elements.ts";
import { moneyText } from "../shared/money.ts";
import type { EventShown, Status } from "./status.ts";
import { timeText } from "./times.ts";
import type { Words } from "./words.ts";

/** The latest events of the channel that the visitor has signed in for. */
export function eventsSection({ visitor, channels, events }: Status, words: Words, locale: string): HTMLElement {
  const slug = channels[0]?.slug ?? "main";
  return element(
    "section",
    { "aria-labelledby": "latest" },
    element("h2", { id: "latest" }, words.latest),
    ...content(),
  );

  function content(): readonly Node[] {
    if (visitor !== "signed-in") {
      return [element("p", {}, words.eventsSignIn), command(`npx tipwire login --channel ${slug}`)];
    }
    if (events.length > 0)
      return [element("ol", { class: "events" }, ...events.map((event) => row(event, words, locale)))];
    const test = `npx tipwire send ${slug} --name Ada --amount 5.00 --currency EUR --message "Hello!" --test`;
    return [element("p", {}, words.noEvents), command(test)];
  }
}

function row(event: EventShown, words: Words, locale: string): HTMLElement {
  const { type, name, amount, message, messageKind, occurredAt } = event;
  const what = amount === null ? undefined : element("strong", { class: "money" }, moneyText(amount, locale));
  const kind = type === "donation" ? undefined : element("span", { class: "kind" }, words.types[type]);
  return element(
    "li",
    { "data-id": event.id },
    element(
      "div",
      { class: "line" },
      element("span", { class: "name" }, name ?? words.anonymous),
      kind,
      what,
      ...marksOf(event).map((mark) => element("span", { class: `badge ${mark}` }, words.marks[mark])),
      element("time", { datetime: occurredAt }, timeText(occurredAt, locale)),
    ),
    message === "" ? undefined : element("p", { class: "message" }, messageKind === "audio" ? words.voice : message),
  );
}

function marksOf({ arrival, kind, test }: EventShown): readonly (keyof Words["marks"])[] {
  return [
    ...(arrival === "live" ? [] : [arrival]),
    ...(kind === "replay" ? (["replay"] as const) : []),
    ...(test ? (["test"] as const) : []),
  ];
}
