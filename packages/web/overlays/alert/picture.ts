import type { LookSettings } from "@tipwire/client";
import { nothingLater } from "./ready.ts";

/** A creator's own picture or video that is ready to be drawn. */
export interface OwnPicture {
  readonly element: HTMLImageElement | HTMLVideoElement;
  readonly place: LookSettings["picturePlace"];
  readonly fit: LookSettings["pictureFit"];
  /** A video begins. */
  begin(): void;
  /** Nothing of it is kept. */
  free(): void;
}

type Wanted = Pick<LookSettings, "picture" | "picturePlace" | "pictureFit">;

/** The file that alerts show just now: fetched once, and begun anew with every alert. */
export class Pictures {
  #file = "";
  #blob: Promise<Blob | undefined> = Promise.resolve(undefined);

  /** To be called as soon as it is known what alerts will show. */
  prepare({ picture }: Pick<Wanted, "picture">): void {
    if (picture.kind === "upload") void this.#fetched(picture.file);
    else this.#forget();
  }

  /** The picture, decoded; undefined where there is none, or it cannot be had in time: no alert is late because of it. */
  async ready(wanted: Wanted): Promise<OwnPicture | undefined> {
    if (wanted.picture.kind !== "upload") return undefined;
    const blob = await nothingLater(this.#fetched(wanted.picture.file));
    if (blob === undefined) return undefined;
    const picture = ownPicture(blob, wanted);
    if ((await nothingLater(decoded(picture.element))) === true) return picture;
    picture.free();
    return undefined;
  }

  #fetched(file: string): Promise<Blob | undefined> {
    if (file !== this.#file) {
      this.#file = file;
      // Where it cannot be had, the next alert asks again.
      this.#blob = fetchFile(mediaAddress(file)).catch(() => this.#forget());
    }
    return this.#blob;
  }

  #forget(): undefined {
    this.#file = "";
    this.#blob = Promise.resolve(undefined);
  }
}

async function fetchFile(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return response.blob();
}

/** Where an uploaded file is to be had. */
export function mediaAddress(file: string): string {
  return `/media/${encodeURIComponent(file)}`;
}

/** An address of its own each time: a GIF begins at its first frame then. */
function ownPicture(blob: Blob, { picturePlace: place, pictureFit: fit }: Wanted): OwnPicture {
  const address = URL.createObjectURL(blob);
  const element = document.createElement(blob.type.startsWith("video/") ? "video" : "img");
  const video = element instanceof HTMLVideoElement ? element : undefined;
  if (video !== undefined) Object.assign(video, { muted: true, loop: true, playsInline: true });
  element.src = address;
  return {
    element,
    place,
    fit,
    begin: () => void video?.play().catch(() => undefined),
    free() {
      URL.revokeObjectURL(address);
      video?.removeAttribute("src");
      video?.load();
    },
  };
}

/** `true` once its first picture can be drawn. */
async function decoded(element: OwnPicture["element"]): Promise<true> {
  if (element instanceof HTMLImageElement) await element.decode();
  else await new Promise((resolve, reject) => Object.assign(element, { onloadeddata: resolve, onerror: reject }));
  return true;
}
