import { z } from "zod";

const media = z.union([
  z.strictObject({ kind: z.enum(["built-in", "none"]) }),
  z.strictObject({ kind: z.literal("upload"), file: z.string().min(1).max(100) }),
]);

/** The part of a stage's settings that its pages draw and sound by. */
export const lookSettings = z.strictObject({
  look: z.enum(["wire", "headline", "sticker", "arcade", "velvet"]).default("wire"),
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, "must be a colour such as #FFCC4D")
    .nullable()
    .default(null),
  size: z.enum(["S", "M", "L"]).default("M"),
  place: z
    .enum(["top-left", "top", "top-right", "left", "middle", "right", "bottom-left", "bottom", "bottom-right"])
    .default("top"),
  margin: z.number().min(0).max(400).default(64),
  calm: z.boolean().default(false),
  line: z.string().max(200).nullable().default(null),
  showMessage: z.boolean().default(true),
  longestMessage: z.number().int().min(40).max(500).default(250),
  emoji: z.boolean().default(true),
  amounts: z.enum(["donated", "mine", "both"]).default("donated"),
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "must be a language such as en or ru")
    .nullable()
    .default(null),
  picture: media.default({ kind: "built-in" }),
  pictureFit: z.enum(["contain", "cover"]).default("contain"),
  picturePlace: z.enum(["above", "left", "behind"]).default("above"),
  sound: media.default({ kind: "built-in" }),
  soundVolume: z.number().min(0).max(100).default(70),
  soundDelayMs: z.number().int().min(0).max(10_000).default(0),
  css: z.string().max(20_000).default(""),
});
