import type { AlertKind } from "@tipwire/client";

/** What the overlay itself says on stream, by language. The amount's place takes the event's kind where there is no amount. */
export interface Words {
  readonly anonymous: string;
  readonly kind: Readonly<Record<AlertKind, string>>;
  readonly streak: (months: number) => string;
  /** Of donations merged into one alert, or summed up by it. */
  readonly more: (count: number) => string;
  readonly late: string;
  readonly voice: string;
}

const english: Words = {
  anonymous: "Anonymous",
  kind: {
    donation: "",
    subscription: "Subscription",
    follow: "New follower",
    raid: "Raid",
    host: "Host",
    custom: "",
    summary: "While away",
  },
  streak: (months) => `${months} in a row`,
  more: (count) => `+${count} more`,
  late: "A little late",
  voice: "Voice message",
};

const russian: Words = {
  anonymous: "Аноним",
  kind: {
    donation: "",
    subscription: "Подписка",
    follow: "Новый фолловер",
    raid: "Рейд",
    host: "Хост",
    custom: "",
    summary: "Пока вас не было",
  },
  streak: (months) => `${months} подряд`,
  more: (count) => `и ещё ${count}`,
  late: "С опозданием",
  voice: "Голосовое сообщение",
};

export function wordsFor(locale: string): Words {
  return locale.startsWith("ru") ? russian : english;
}
