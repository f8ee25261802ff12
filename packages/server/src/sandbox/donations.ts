import type { NewEvent, TipwireApi } from "@tipwire/client";
import { z } from "zod";

/** What the donate page's form holds. */
export const donationBody = z.object({
  creator: z.string().min(1).max(100),
  name: z.string().max(200).default(""),
  amount: z.string().min(1).max(40),
  currency: z.string().min(1).max(10),
  message: z.string().max(2000).default(""),
  anonymous: z.boolean().default(false),
  /** How many alike; from the second on each message says which it is. */
  count: z.number().int().min(1).max(1000).default(1),
});
export type Donation = z.infer<typeof donationBody>;

export interface Sent {
  readonly sent: number;
  readonly milliseconds: number;
}

/** Requests that are open at once: people who give at the same moment. */
const atOnce = 32;

/** Gives what the form says, through the front door. Throws the first `TipwireError`. */
export async function donate(api: TipwireApi, donation: Donation): Promise<Sent> {
  const began = performance.now();
  let next = 0;
  const giver = async () => {
    while (next < donation.count) await api.send(donation.creator, eventOf(donation, ++next));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, donation.count) }, giver));
  return { sent: donation.count, milliseconds: Math.round(performance.now() - began) };
}

function eventOf({ name, amount, currency, message, anonymous, count }: Donation, number: number): NewEvent {
  const isNamed = !anonymous && name.trim() !== "";
  return {
    name: isNamed ? name : null,
    anonymous: !isNamed,
    amount,
    currency,
    message: count === 1 ? message : `${message} #${number}`.trim(),
  };
}
