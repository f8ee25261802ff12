import type { LookSettings } from "@tipwire/client";

/** How alerts look before a stage says otherwise, and always behind a stream token's link. */
export const defaultLook: LookSettings = {
  look: "wire",
  accent: null,
  size: "M",
  place: "top",
  margin: 64,
  calm: false,
  line: null,
  showMessage: true,
  longestMessage: 500,
  emoji: true,
  amounts: "donated",
  language: null,
  picture: { kind: "built-in" },
  pictureFit: "contain",
  picturePlace: "above",
  sound: { kind: "built-in" },
  soundVolume: 70,
  soundDelayMs: 0,
  css: "",
};
