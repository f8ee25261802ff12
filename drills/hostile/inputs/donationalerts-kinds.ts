import { anyValue, pick, word } from "../mutate.ts";
import { reading } from "./administering.ts";
import type { Kind } from "./input.ts";
import type { Pairs } from "./mutated-request.ts";
import { postWithParams } from "./params.ts";

const customAlert: Pairs = [
  ["external_id", "alert-1"],
  ["header", "A wheel was spun"],
  ["message", "It stopped at 7."],
  ["is_shown", "0"],
  ["image_url", "https://media.example/wheel.png"],
  ["sound_url", "https://media.example/wheel.mp3"],
];

/** DonationAlerts' REST addresses, by an access token that may use all of them. */
export const donationAlertsKinds: readonly Kind[] = [
  {
    name: "DonationAlerts: user",
    authenticated: true,
    share: 8,
    make: reading(
      () => "/api/v1/user/oauth",
      ({ granted }) => granted.reading.accessToken,
    ),
  },
  {
    name: "DonationAlerts: list of donations",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const page = random.chance(0.5)
        ? String(random.below(5))
        : random.chance(0.5)
          ? word(random)
          : String(anyValue(random, 3));
      const list = reading(
        () => "/api/v1/alerts/donations",
        ({ granted }) => granted.reading.accessToken,
        [["page", page]],
      );
      return list(world, random);
    },
  },
  {
    name: "DonationAlerts: custom alert",
    authenticated: true,
    share: 25,
    make: (world, random) => {
      const external = random.chance(0.25) ? `x-${random.below(2 ** 31)}` : "alert-1";
      const pairs = customAlert.map(([name, value]) => [name, name === "external_id" ? external : value] as const);
      return postWithParams(random, "/api/v1/custom_alert", world.granted.writing.accessToken, pairs);
    },
  },
  {
    name: "DonationAlerts: subscription tokens",
    authenticated: true,
    share: 12,
    make: (world, random) => {
      const { accessToken, userId } = world.granted.reading;
      const channels = ["$alerts:donation", "$alerts:custom_alert", "$goals:goal", "$polls:poll"];
      const pairs: Pairs = [
        ["client", crypto.randomUUID()],
        [pick(random, ["channels", "channels[]", "channels[0]"]), `${pick(random, channels)}_${userId}`],
      ];
      return postWithParams(random, "/api/v1/centrifuge/subscribe", accessToken, pairs);
    },
  },
];
