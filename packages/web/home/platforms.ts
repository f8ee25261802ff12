import type { ConnectionInfo } from "@tipwire/client";
import { command, element } from "../shared/elements.ts";
import type { Status } from "./status.ts";
import { timeText } from "./times.ts";
import type { Words } from "./words.ts";

const platformNames = { donationalerts: "DonationAlerts", pally: "Pally", tuniform: "Tuniform" } as const;

/** Every connection with its state, and how to make one. */
export function platformsSection(status: Status, words: Words, locale: string): HTMLElement {
  const { connections, configured, channels } = status;
  const cards = connections.map((each) => card(each, words, locale, channels.length > 1));
  return element(
    "section",
    { "aria-labelledby": "platforms" },
    element("h2", { id: "platforms" }, words.platforms),
    ...(cards.length > 0 ? [element("ul", { class: "cards" }, ...cards)] : [element("p", {}, words.noPlatform)]),
    ...(configured === true ? invitation(status, words) : notSetUp(words)),
  );
}

function invitation({ connections, channels }: Status, words: Words): readonly Node[] {
  const isFirst = !connections.some(({ platform }) => platform === "donationalerts");
  const buttons = channels.map(({ slug, title }) => {
    const label = channels.length > 1 ? `${words.login}: ${title || slug}` : words.login;
    return element("a", { class: isFirst ? "button main" : "button", href: loginAddress(slug) }, label);
  });
  const actions = element("div", { class: "actions" }, ...buttons);
  return isFirst ? [element("p", {}, words.whatArrives), actions] : [actions];
}

function notSetUp(words: Words): readonly Node[] {
  return [
    element("p", {}, words.notSetUp),
    command("npx tipwire setup donationalerts"),
    element("p", {}, words.thenRestart),
  ];
}

function card(connection: ConnectionInfo, words: Words, locale: string, withChannel: boolean): HTMLElement {
  const { platform, name, account, status, reason, since, channel, warning, quarantined, history } = connection;
  const time = (iso: string) => element("time", { datetime: iso }, timeText(iso, locale));
  const of = [name || account, withChannel ? channel : ""].filter(Boolean).join(" · ");
  return element(
    "li",
    { class: "card", "data-status": status },
    element(
      "div",
      { class: "head" },
      element("h3", {}, platformNames[platform], element("small", {}, of)),
      element(
        "p",
        { class: "state" },
        mark(status),
        words.states[status],
        element("small", {}, `${words.since} `, time(since)),
      ),
    ),
    reason === "" ? undefined : element("p", { class: "reason" }, reason),
    warning === null ? undefined : element("p", { class: "warning", role: "note" }, warning),
    history === null ? undefined : element("p", {}, words.history(history.imported, history.of), progress(history)),
    facts(connection, words, time, locale),
    quarantined === 0 ? undefined : element("p", { class: "warning" }, words.unread(quarantined)),
    status === "needs-authorization" && platform === "donationalerts"
      ? element(
          "div",
          { class: "actions" },
          element("a", { class: "button main", href: loginAddress(channel) }, words.loginAgain),
        )
      : undefined,
  );
}

function facts(
  { retryAt, heardAt, reconciled, gaps }: ConnectionInfo,
  words: Words,
  time: (iso: string) => HTMLElement,
  locale: string,
): HTMLElement {
  const rows: readonly (readonly [string, Node | string] | undefined)[] = [
    retryAt === null ? undefined : [words.nextTry, time(retryAt)],
    heardAt === null ? undefined : [words.lastHeard, time(heardAt)],
    reconciled === null
      ? undefined
      : [
          words.compared,
          element("span", {}, time(reconciled.at), `: ${words.comparison(reconciled.missing, reconciled.recovered)}`),
        ],
    ...gaps
      .slice(-3)
      .map(({ from, to }) => [words.notHeard, words.gap(timeText(from, locale), timeText(to, locale))] as const),
  ];
  const shown = rows.filter((row) => row !== undefined);
  return element("dl", {}, ...shown.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

function progress({ imported, of }: NonNullable<ConnectionInfo["history"]>): HTMLElement | undefined {
  return of === null ? undefined : element("progress", { value: String(imported), max: String(of) });
}

/** A sign of its own for each state, so that nobody has to tell colours apart. */
function mark(status: ConnectionInfo["status"]): HTMLElement {
  const signs = { connecting: "…", live: "●", waiting: "◷", "needs-authorization": "!", stopped: "■" };
  return element("span", { class: "mark", "aria-hidden": "true" }, signs[status]);
}

function loginAddress(slug: string): string {
  return `/api/auth/donationalerts/login?${new URLSearchParams({ channel: slug })}`;
}
