import type { LookSettings } from "@tipwire/client";
import { lookTraits } from "../looks/looks.ts";
import { type BuiltAlert, buildAlert } from "./build-alert.ts";
import type { AlertText, Appearance, Picture } from "./content.ts";
import { nextTask } from "./next-task.ts";
import { fetchFonts, fontsReady, picturesReady } from "./ready.ts";

const sizes: Readonly<Record<LookSettings["size"], number>> = { S: 0.8, M: 1, L: 1.25 };

/** The place of the page on which alerts stand, one at a time. */
export class AlertStage {
  readonly #element: HTMLElement;
  readonly #template: HTMLTemplateElement;
  readonly #custom = new CSSStyleSheet();

  constructor(element: HTMLElement, template: HTMLTemplateElement) {
    this.#element = element;
    this.#template = template;
    document.adoptedStyleSheets.push(this.#custom);
  }

  /** To be called as soon as it is known how alerts will look. */
  prepare({ look }: LookSettings): void {
    fetchFonts(lookTraits[look].fonts);
  }

  /** Lays an alert out as soon as what it needs is there. It is not to be seen before it enters. */
  async build(text: AlertText, settings: LookSettings, tier: Appearance["tier"], locale: string): Promise<BuiltAlert> {
    this.#apply(settings, locale);
    const { fonts } = lookTraits[settings.look];
    await fontsReady([
      [fonts.name, text.name],
      [fonts.amount, text.amount],
      [fonts.message, text.message + text.detail],
    ]);
    const alert = await buildAlert(text, appearanceOf(settings, tier), this.#template, this.#element);
    await picturesReady(alert.element);
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

function appearanceOf(settings: LookSettings, tier: Appearance["tier"]): Appearance {
  const { look, accent, size, calm, picture } = settings;
  return {
    look,
    tier,
    accent: accent ?? undefined,
    size: sizes[size],
    calm: calm || matchMedia("(prefers-reduced-motion: reduce)").matches,
    picture: picture.kind === "upload" ? pictureOf(picture.file, settings) : undefined,
  };
}

function pictureOf(file: string, { picturePlace: place, pictureFit: fit }: LookSettings): Picture {
  return { url: mediaAddress(file), kind: /\.(webm|mp4)$/.test(file) ? "video" : "image", place, fit };
}

/** Where an uploaded file is to be had. */
export function mediaAddress(file: string): string {
  return `/media/${encodeURIComponent(file)}`;
}
