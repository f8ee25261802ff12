/** Of one text on screen: its colour, where its letters are, and its edge if it has one. */
export interface Lettering {
  readonly what: string;
  readonly color: string;
  /** Colour of the edge around the letters, which is what they are read against; `null` for letters without one. */
  readonly edge: string | null;
  readonly boxes: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
}

/** Runs in the overlay page: the texts of its alert, in pixels of the canvas. */
export function letterings(): readonly Lettering[] {
  const parts = [".name", ".amount:not(.count)", ".detail", ".page.now"]
    .map((selector) => document.querySelector<HTMLElement>(`.alert ${selector}`))
    .filter((part): part is HTMLElement => part !== null && part.offsetHeight > 0);
  return parts.map((part) => {
    const style = getComputedStyle(part);
    const range = document.createRange();
    range.selectNodeContents(part);
    return {
      what: part.className.split(" ")[0] ?? "",
      color: style.color,
      edge: Number.parseFloat(style.webkitTextStrokeWidth) > 0 ? style.webkitTextStrokeColor : null,
      boxes: [...range.getClientRects()].map(({ x, y, width, height }) => ({ x, y, width, height })),
    };
  });
}

/** What was photographed: as it is, and with letters that let everything through; both from `x`, `y` on, as data URLs. */
export interface Photographs {
  readonly x: number;
  readonly y: number;
  readonly full: string;
  readonly bare: string;
}

/**
 * Runs in any page: the contrast of each text with what lies behind its letters, as WCAG 2.2 computes it; of all pixels of
 * the letters' own colour the second worst in a hundred, since single pixels are edges of other things.
 */
export async function contrasts(
  texts: readonly Lettering[],
  { x, y, full, bare }: Photographs,
): Promise<readonly { readonly what: string; readonly ratio: number }[]> {
  const pixelsOf = async (address: string) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const { width, height } = image;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    context.drawImage(image, 0, 0);
    return { width, height, data: context.getImageData(0, 0, width, height).data };
  };
  const rgb = (color: string) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  const linear = (value = 0) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  // Of a million pixels: nothing is copied out of the pictures.
  const luminance = (colors: ArrayLike<number>, at = 0) =>
    0.2126 * linear(colors[at]) + 0.7152 * linear(colors[at + 1]) + 0.0722 * linear(colors[at + 2]);
  const differ = (a: ArrayLike<number>, atA: number, b: ArrayLike<number>, atB: number) => {
    for (let i = 0; i < 3; i++) if (Math.abs((a[atA + i] ?? 0) - (b[atB + i] ?? 0)) > 12) return true;
    return false;
  };
  const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const [seen, behind] = [await pixelsOf(full), await pixelsOf(bare)];

  return texts.map(({ what, color, edge, boxes }) => {
    const own = rgb(color);
    const light = luminance(own);
    if (edge !== null) return { what, ratio: ratio(light, luminance(rgb(edge))) };
    const found: number[] = [];
    // Of the same colour with and without the letters: an edge beside them, or letters that nobody sees.
    let same = 0;
    for (const box of boxes) {
      for (let py = Math.max(0, Math.round(box.y - y)); py < Math.min(seen.height, box.y - y + box.height); py++) {
        for (let px = Math.max(0, Math.round(box.x - x)); px < Math.min(seen.width, box.x - x + box.width); px++) {
          const at = (py * seen.width + px) * 4;
          if (differ(own, 0, seen.data, at)) continue;
          if (differ(seen.data, at, behind.data, at)) found.push(ratio(light, luminance(behind.data, at)));
          else same++;
        }
      }
    }
    found.sort((a, b) => a - b);
    const none = same > 0 ? 1 : Number.POSITIVE_INFINITY;
    return { what, ratio: found[Math.floor(found.length / 50)] ?? none };
  });
}
