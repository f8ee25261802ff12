import type { LookSettings } from "@tipwire/client";
import { lookTraits } from "../looks/looks.ts";
import { type BuiltAlert, buildAlert } from "./build-alert.ts";
import type { AlertText, Appearance } from "./content.ts";
import { nextTask } from "./next-task.ts";
import { type OwnPicture, Pictures } from "./picture.ts";
import { fetchFonts, fontsReady } from "./ready.ts";

const sizes: Readonly<Record<LookSettings["size"], number>> = { S: 0.8, M: 1, L: 1.25 };

/** The place of the page on which alerts stand, one at a time. */
export class AlertStage {
  readonly #element: HTMLElement;
  readonly #template: HTMLTemplateElement;
  readonly #custom = new CSSStyleSheet();
  readonly #pictures = new Pictures();

  constructor(element: HTMLElement, template: HTMLTemplateElement) {
    this.#element = element;
    this.#template = template;
    document.adoptedStyleSheets.push(this.#custom);
  }

  /** To be called as soon as it is known how alerts will look. */
  prepare(settings: LookSettings): void {
    fetchFonts(lookTraits[settings.look].fonts);
    this.#pictures.prepare(settings);
  }

  /** Lays an alert out as soon as what it needs is there. It is not to be seen before it enters. */
  async build(text: AlertText, settings: LookSettings, tier: Appearance["tier"], locale: string): Promise<BuiltAlert> {
    this.#apply(settings, locale);
    const { fonts } = lookTraits[settings.look];
    const letters = [
      [fonts.name, text.name],
      [fonts.amount, text.amount],
      [fonts.message, text.message + text.detail],
    ] as const;
    const [picture] = await Promise.all([this.#pictures.ready(settings), fontsReady(letters)]);
    const alert = await buildAlert(text, appearanceOf(settings, tier, picture), this.#template, this.#element);
    // Setting it in motion is another task.
    await nextTask();
    return alert;
  }

  #apply({ place, margin, css }: LookSettings, locale: string): void {
    this.#element.className = place.replace("-", " ");
    this.#element.style.setProperty("--margin", String(margin));
    this.#element.lang = locale;
    this.#custom.replaceSync(css);
  }
}

function appearanceOf(settings: LookSettings, tier: Appearance["tier"], picture: OwnPicture | undefined): Appearance {
  const { look, accent, size, calm } = settings;
  return {
    look,
    tier,
    accent: accent ?? undefined,
    size: sizes[size],
    calm: calm || matchMedia("(prefers-reduced-motion: reduce)").matches,
    picture,
    art: settings.picture.kind !== "none",
  };
}
