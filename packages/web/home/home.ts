import { command, element } from "../shared/elements.ts";
import { eventsSection } from "./events.ts";
import { platformsSection } from "./platforms.ts";
import { readStatus, type Status, signOut } from "./status.ts";
import { type Words, wordsFor } from "./words.ts";

/** The page at `/`: what the server says of itself, anew every second while somebody looks. */
const every = 1000;

const locale = navigator.language;
const words = wordsFor(locale);
const root = found("now");
const notice = found("notice");

document.documentElement.lang = locale.startsWith("ru") ? "ru" : "en";
document.title = words.title;
found("title").textContent = words.title;
found("lead").textContent = words.lead;
found("begin").textContent = words.begin;
for (const [i, [title, text]] of words.steps.entries()) {
  const step = found("steps").children[i];
  step?.querySelector("h3")?.replaceChildren(title);
  step?.querySelector("p")?.replaceChildren(text);
}
if (new URLSearchParams(location.search).get("status") === "success") {
  say(words.success, "right");
  // Said once: not again when the page is loaded anew.
  history.replaceState(null, "", location.pathname);
}

let shown = "";
let away = false;
await look();

async function look(): Promise<void> {
  if (document.visibilityState === "visible") show(await readStatus());
  setTimeout(look, every);
}

function show(status: Status | undefined): void {
  if (status === undefined) {
    if (!away) say(words.away, "wrong");
    away = true;
    return;
  }
  if (away) say("", "");
  away = false;
  // Nothing is touched while nothing changes: what somebody selects or tabs to stays.
  const text = JSON.stringify(status);
  if (text === shown) return;
  shown = text;
  const focused = document.activeElement?.getAttribute("href");
  root.replaceChildren(...sections(status, words));
  if (focused) root.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus();
}

function sections(status: Status, words: Words): readonly Node[] {
  if (status.visitor === "unknown") return [strangers(words)];
  return [
    ...(status.visitor === "signed-in" ? [person(status, words)] : []),
    platformsSection(status, words, locale),
    eventsSection(status, words, locale),
  ];
}

function strangers(words: Words): HTMLElement {
  return element(
    "section",
    {},
    element("h2", {}, words.signIn),
    element("p", {}, words.signInLink),
    command("npx tipwire login --channel main"),
  );
}

function person({ channels }: Status, words: Words): HTMLElement {
  const button = element("button", { class: "link", type: "button" }, words.signOut);
  button.addEventListener("click", () => void signOut().then(() => location.reload()));
  const [channel] = channels;
  return element("p", { class: "person" }, words.signedInAs(channel?.title || channel?.slug || ""), " ", button);
}

function say(text: string, how: "right" | "wrong" | ""): void {
  notice.textContent = text;
  notice.className = how;
  notice.hidden = text === "";
}

function found(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
