import type { TipwireEvent } from "@tipwire/client";
import { moneyText } from "../shared/money.ts";
import type { Show } from "./player.ts";
import { detailOf, wordsFor } from "./words.ts";

/** Builds the alert of an event on the stage, fitted to the canvas. Whatever a viewer wrote goes in as text. */
export function buildCard(
  event: TipwireEvent,
  template: HTMLTemplateElement,
  stage: HTMLElement,
  locale: string,
): Show {
  const words = wordsFor(locale);
  const element = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
  const part = (name: string) => element.querySelector(`.${name}`) as HTMLElement;
  element.dataset["id"] = event.id;
  element.dataset["type"] = event.type;
  part("name").textContent = event.name ?? words.anonymous;
  part("amount").textContent = event.amount === null ? words.kind[event.type] : moneyText(event.amount, locale);
  part("amount").classList.toggle("words", event.amount === null);
  part("detail").textContent = detailOf(event, words);
  part("message").textContent = event.message;
  stage.append(element);
  fitHeader(element, part("name"), part("amount"));
  element.classList.add("entering");
  return {
    ...fitMessage(element, part("message")),
    leave: () => element.classList.replace("entering", "leaving"),
    remove: () => element.remove(),
  };
}

/** Name and amount share a line if they can. Otherwise the amount goes below, and each shrinks as far as it must. */
function fitHeader(card: HTMLElement, name: HTMLElement, amount: HTMLElement): void {
  if (lines(name) > 1 || overflows(amount)) card.classList.add("stacked");
  for (const size of [1, 0.85, 0.7]) {
    name.style.setProperty("--name", String(size));
    if (lines(name) <= 2) break;
  }
  name.classList.toggle("cut", lines(name) > 3);
  for (let size = 1; size >= 0.5; size -= 0.1) {
    amount.style.setProperty("--amount", size.toFixed(1));
    if (!overflows(amount)) return;
  }
  amount.style.whiteSpace = "normal";
  amount.style.overflowWrap = "anywhere";
}

/** Smaller type first, then pages of whole lines, about equally full. */
function fitMessage(card: HTMLElement, message: HTMLElement): Pick<Show, "pages" | "turnTo"> {
  const length = message.textContent?.length ?? 0;
  const tallest = Number.parseFloat(getComputedStyle(card).maxHeight);
  const plate = card.querySelector(".plate") as HTMLElement;
  const spare = () => tallest - (plate.offsetTop + plate.offsetHeight);
  for (const size of [32, 28]) {
    message.style.setProperty("--message", String(size));
    if (spare() >= 0) return { pages: [length], turnTo: () => {} };
  }
  const dots = card.querySelector(".dots") as HTMLElement;
  dots.append(document.createElement("i"));
  const line = lineHeight(message);
  const fitting = Math.max(1, Math.floor((message.offsetHeight + spare()) / line));
  const pages = Math.ceil(lines(message) / fitting);
  const step = Math.ceil(lines(message) / pages) * line;
  (message.parentElement as HTMLElement).style.height = `${step}px`;
  dots.replaceChildren(...Array.from({ length: pages }, () => document.createElement("i")));
  return {
    pages: Array.from({ length: pages }, () => length / pages),
    turnTo(page) {
      message.style.transform = `translateY(${-page * step}px)`;
      for (const [index, dot] of [...dots.children].entries()) dot.classList.toggle("now", index === page);
    },
  };
}

function lineHeight(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).lineHeight);
}

function lines(element: HTMLElement): number {
  return Math.round(element.offsetHeight / lineHeight(element));
}

function overflows(element: HTMLElement): boolean {
  return element.scrollWidth > element.clientWidth + 1;
}
