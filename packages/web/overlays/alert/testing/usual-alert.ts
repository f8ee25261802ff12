import type { AlertContent } from "@tipwire/client";

/** Five euros from Ada, for tests to change what they are about. */
export const usualAlert: AlertContent = {
  kind: "donation",
  tier: "small",
  variation: null,
  name: "Ada",
  amount: { value: "5.00", minor: 500, exponent: 2, currency: "EUR" },
  stated: null,
  message: "",
  messageKind: "text",
  subscriptionTier: null,
  streak: null,
  avatarUrl: null,
  more: null,
  late: false,
};
