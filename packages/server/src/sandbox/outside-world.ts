import type { TipwireApi } from "@tipwire/client";
import type { Guide } from "./guide.ts";
import type { World } from "./world.ts";

/** The sandbox once it is up. */
export interface OutsideWorld extends World {
  readonly guide: Guide;
  /** Its own front door, as its administrator. */
  readonly api: TipwireApi;
}
