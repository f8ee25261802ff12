import type { EventType, TipwireEvent } from "@tipwire/client";

/** What the overlay itself says on stream, by language. The amount's place takes the event's kind where there is no amount. */
export interface Words {
  readonly anonymous: string;
  readonly kind: Readonly<Record<EventType, string>>;
  readonly streak: (months: number) => string;
}

const english: Words = {
  anonymous: "Anonymous",
  kind: { donation: "", subscription: "Subscription", follow: "New follower", raid: "Raid", host: "Host", custom: "" },
  streak: (months) => `${months} in a row`,
};

const russian: Words = {
  anonymous: "Аноним",
  kind: { donation: "", subscription: "Подписка", follow: "Новый фолловер", raid: "Рейд", host: "Хост", custom: "" },
  streak: (months) => `${months} подряд`,
};

export function wordsFor(locale: string): Words {
  return locale.startsWith("ru") ? russian : english;
}

/** The line under a subscription: "Gold Tier · 3 in a row". */
export function detailOf(event: TipwireEvent, words: Words): string {
  if (event.type !== "subscription") return "";
  const streak = (event.streak ?? 0) > 1 ? words.streak(event.streak ?? 0) : "";
  return [event.amount === null ? "" : words.kind.subscription, event.tier ?? "", streak].filter(Boolean).join(" · ");
}
