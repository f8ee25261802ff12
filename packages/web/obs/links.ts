/** The ways in which a screen's link comes into OBS. */

export interface ScreenLink {
  /** Where the server is: "http://localhost:8000". */
  readonly origin: string;
  readonly key: string;
  /** What the source is called in OBS. */
  readonly name: string;
  /** Canvas pixels; without them OBS takes those of its own canvas. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

export function overlayLink({ origin, key }: ScreenLink): string {
  return `${origin}/overlay/#${key}`;
}

/** Dropped onto OBS it becomes a browser source of this name and size; OBS takes the `layer-…` parameters off. */
export function dragLink({ origin, key, name, width, height }: ScreenLink): string {
  const query = new URLSearchParams({ "layer-name": name });
  if (width !== undefined && height !== undefined) {
    query.set("layer-width", String(width));
    query.set("layer-height", String(height));
  }
  return `${origin}/overlay/?${query}#${key}`;
}

/** The launcher's HTML for this screen, made from the built one. */
export function launcherFor(launcher: string, link: ScreenLink): string {
  const text = JSON.stringify(overlayLink(link)).replaceAll("<", "\\u003c");
  return launcher.replace('"%link%"', () => text);
}
