import type { Look, Tier } from "@tipwire/client";

/** The five looks: what their style sheets cannot say. */
export interface LookTraits {
  /** Milliseconds until everything has arrived, and until everything has left. */
  readonly entrance: number;
  readonly exit: number;
  /** Name and amount stand beside each other where they fit; otherwise, as in every other look, on one another. */
  readonly row: boolean;
  /** The message's size in units, and the smaller one that is tried before the message turns pages. */
  readonly messageSizes: readonly [number, number];
  /** How many particles each tier has. */
  readonly particles: Readonly<Record<Tier, number>>;
  /** The amount counts up in so many steps. */
  readonly countSteps: number;
  /** The typefaces that every alert of the look needs, as `document.fonts.load` takes them: of name, amount and message. */
  readonly fonts: Readonly<Record<"name" | "amount" | "message", string>>;
}

const none = { small: 0, medium: 0 };

export const lookTraits: Readonly<Record<Look, LookTraits>> = {
  wire: {
    entrance: 740,
    exit: 300,
    row: true,
    messageSizes: [32, 28],
    particles: { ...none, big: 14, huge: 22 },
    countSteps: 0,
    fonts: { name: "700 42px Onest", amount: "700 58px Unbounded", message: "500 32px Onest" },
  },
  headline: {
    entrance: 580,
    exit: 220,
    row: false,
    messageSizes: [32, 28],
    particles: { ...none, big: 12, huge: 20 },
    countSteps: 0,
    fonts: { name: "600 56px Oswald", amount: "700 168px Oswald", message: "600 32px Onest" },
  },
  sticker: {
    entrance: 600,
    exit: 220,
    row: false,
    messageSizes: [32, 28],
    particles: { small: 0, medium: 14, big: 24, huge: 40 },
    countSteps: 0,
    fonts: { name: "900 44px Nunito", amount: "1000 60px Nunito", message: "800 32px Nunito" },
  },
  arcade: {
    entrance: 1200,
    exit: 320,
    row: false,
    messageSizes: [29, 26],
    particles: { ...none, big: 0, huge: 9 },
    countSteps: 12,
    fonts: {
      name: "400 28px 'Press Start 2P'",
      amount: "400 56px 'Press Start 2P'",
      message: "700 29px 'JetBrains Mono'",
    },
  },
  velvet: {
    entrance: 900,
    exit: 500,
    row: false,
    messageSizes: [33, 28],
    particles: { ...none, big: 10, huge: 16 },
    countSteps: 0,
    fonts: { name: "600 46px Lora", amount: "700 60px Lora", message: "500 33px Lora" },
  },
};
