import type { LookSettings } from "@tipwire/client";
import { fetchFile, mediaAddress } from "../files.ts";
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
  #fetch: { readonly file: string; readonly blob: Promise<Blob> } | undefined;

  /** To be called as soon as it is known what alerts will show. */
  prepare({ picture }: Pick<Wanted, "picture">): void {
    if (picture.kind === "upload") void this.#fetched(picture.file);
    else this.#fetch = undefined;
  }

  /** The picture, decoded; undefined where there is none, or it cannot be had in time: no alert is late because of it. */
  async ready(wanted: Wanted): Promise<OwnPicture | undefined> {
    if (wanted.picture.kind !== "upload") return undefined;
    const opened = this.#fetched(wanted.picture.file).then((blob) => open(blob, wanted));
    const picture = await nothingLater(opened);
    if (picture === undefined) opened.then((late) => late.free()).catch(() => undefined);
    return picture;
  }

  #fetched(file: string): Promise<Blob> {
    if (this.#fetch?.file !== file) {
      const fetch = { file, blob: fetchFile(mediaAddress(file)) };
      this.#fetch = fetch;
      // Where it cannot be had, the next alert asks again.
      fetch.blob.catch(() => {
        if (this.#fetch === fetch) this.#fetch = undefined;
      });
    }
    return this.#fetch.blob;
  }
}

/** What is in a file, with its first picture decoded. Throws where that cannot be drawn. */
async function open(blob: Blob, { picturePlace: place, pictureFit: fit }: Wanted): Promise<OwnPicture> {
  // An address of its own each time: a GIF begins at its first frame then.
  const address = URL.createObjectURL(blob);
  const element = document.createElement(blob.type.startsWith("video/") ? "video" : "img");
  const video = element instanceof HTMLVideoElement ? element : undefined;
  function free(): void {
    URL.revokeObjectURL(address);
    video?.removeAttribute("src");
    video?.load();
  }
  try {
    if (video !== undefined) Object.assign(video, { muted: true, loop: true, playsInline: true });
    element.src = address;
    await decoded(element);
  } catch (fault) {
    free();
    throw fault;
  }
  return { element, place, fit, begin: () => void video?.play().catch(() => undefined), free };
}

async function decoded(element: OwnPicture["element"]): Promise<void> {
  if (element instanceof HTMLImageElement) await element.decode();
  else await new Promise((resolve, reject) => Object.assign(element, { onloadeddata: resolve, onerror: reject }));
}
