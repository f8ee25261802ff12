import { lookTraits } from "../looks/looks.ts";
import type { AlertText, Appearance } from "./content.ts";
import { fitHeader } from "./fit-header.ts";
import { fitMessage, type Pages } from "./fit-message.ts";
import { fitPicture } from "./fit-picture.ts";
import { nextTask } from "./next-task.ts";
import { countingUp, letGo, particles } from "./ornaments.ts";
import type { OwnPicture } from "./picture.ts";

/** An alert that lies on the stage, laid out, and not yet to be seen. */
export interface BuiltAlert extends Pages {
  readonly element: HTMLElement;
  enter(): void;
  leave(): void;
  remove(): void;
}

/**
 * Builds an alert on the stage from the page's template and fits it to the canvas, in two tasks, since a long one would let
 * frames of OBS fall. All that it says goes in as text.
 */
export async function buildAlert(
  content: AlertText,
  appearance: Appearance,
  template: HTMLTemplateElement,
  stage: HTMLElement,
): Promise<BuiltAlert> {
  const element = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement;
  const part = (name: string) => element.querySelector(`.${name}`) as HTMLElement;
  const look = lookTraits[appearance.look];
  element.dataset["id"] = content.id;
  if (content.variation !== null) element.dataset["variation"] = content.variation;
  element.classList.add(appearance.look, appearance.tier);
  element.classList.toggle("artless", !appearance.art);
  element.style.setProperty("--size", String(appearance.size));
  if (appearance.accent !== undefined) element.style.setProperty("--accent", appearance.accent);
  if (appearance.picture !== undefined) addPicture(element, part("picture"), appearance.picture);
  part("name").textContent = content.name;
  part("amount").textContent = content.amount;
  part("amount").classList.toggle("kind", content.amountIsKind);
  part("detail").textContent = content.detail;
  part("page").textContent = content.message;
  stage.append(element);

  fitHeader(element, part("name"), part("amount"), look.row);
  if (appearance.picture !== undefined) fitPicture(element, appearance.picture, tallest(element));
  await nextTask();
  const pages = fitMessage(element, content.message, look.messageSizes, tallest(element));
  if (!appearance.calm) {
    if (appearance.art) part("particles").append(particles(look, appearance.tier, Math.random));
    if (!content.amountIsKind) addCount(part("amount"), countingUp(content.amount, look.countSteps));
  }
  const [entering, leaving] = appearance.calm ? ["appearing", "vanishing"] : ["entering", "leaving"];
  return {
    ...pages,
    element,
    enter() {
      element.classList.add(entering);
      appearance.picture?.begin();
      requestAnimationFrame(() => letGo([...part("particles").children]));
    },
    leave: () => element.classList.replace(entering, leaving),
    remove() {
      element.remove();
      appearance.picture?.free();
    },
  };
}

function tallest(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--tallest"));
}

function addPicture(alert: HTMLElement, where: HTMLElement, { element, place, fit }: OwnPicture): void {
  alert.classList.add(`picture-${place}`);
  element.style.objectFit = fit;
  where.append(element);
}

function addCount(amount: HTMLElement, steps: readonly string[]): void {
  for (const [step, text] of steps.entries()) {
    const number = amount.cloneNode() as HTMLElement;
    number.classList.add("count");
    number.style.setProperty("--step-number", String(step));
    number.setAttribute("aria-hidden", "true");
    number.textContent = text;
    amount.after(number);
  }
}
