import type { OAuthScope } from "../../access/grants.ts";

/** What the pages of signing in and of consent say, by language. */
export interface Words {
  readonly language: string;
  readonly wants: (application: string) => string;
  readonly may: string;
  readonly scopes: Readonly<Record<OAuthScope, string>>;
  readonly goesTo: (place: string) => string;
  readonly thisComputer: string;
  readonly allow: string;
  readonly deny: string;
  readonly takeBack: (slug: string) => readonly [string, string];
  readonly otherChannel: string;
  readonly signInFirst: string;
  readonly signInFirstWhy: string;
  readonly signInSteps: readonly [string, string];
  readonly slug: string;
  readonly goOn: string;
  readonly signInAs: (channel: string) => string;
  readonly signInAsWhy: string;
  readonly signIn: string;
  readonly signedIn: (channel: string) => string;
  readonly signedInWhy: string;
  /** Leads to `/`. */
  readonly home: string;
  readonly signedOut: string;
  readonly signOut: string;
  readonly linkSpent: string;
  readonly linkSpentWhy: string;
  readonly untrusted: string;
  readonly untrustedWhy: Readonly<Record<"application" | "address" | "repeated", string>>;
  readonly nothingGiven: string;
  readonly formOld: string;
  readonly formOldWhy: string;
  readonly notYours: string;
  readonly notYoursWhy: string;
}

const english: Words = {
  language: "en",
  wants: (application) => `${application} wants to use your channel`,
  may: "It will be able to:",
  scopes: {
    "oauth-user-show": "See your channel’s name and number",
    "oauth-donation-subscribe": "Receive your donations the moment they arrive",
    "oauth-donation-index": "Read the donations that you have received so far",
    "oauth-custom_alert-store": "Show alerts of its own on your stream",
    "oauth-goal-subscribe": "Follow your donation goals",
    "oauth-poll-subscribe": "Follow your polls",
  },
  goesTo: (place) => `Either way you go back to ${place}.`,
  thisComputer: "a program on this computer",
  allow: "Allow",
  deny: "Deny",
  takeBack: (slug) => ["You can take it back at any time:", `npx tipwire grant list ${slug}`],
  otherChannel: "Use another channel",
  signInFirst: "Sign in first",
  signInFirstWhy: "An application wants to use a channel on this server. Only its owner can say yes.",
  signInSteps: [
    "On the computer where Tipwire runs, make a link:",
    "Open it in this browser. You come back here by itself.",
  ],
  slug: "YOUR-CHANNEL",
  goOn: "I have signed in",
  signInAs: (channel) => `Sign in as the owner of ${channel}`,
  signInAsWhy: "This link works once. You stay signed in for a week, in this browser only.",
  signIn: "Sign in",
  signedIn: (channel) => `You are signed in as the owner of ${channel}`,
  signedInWhy: "Applications that want to use the channel can ask you now.",
  home: "Connections and latest events",
  signedOut: "You are not signed in",
  signOut: "Sign out",
  linkSpent: "This link no longer works",
  linkSpentWhy: "It was opened before, or half an hour has passed. Make a new one on the computer where Tipwire runs:",
  untrusted: "This request cannot be trusted",
  untrustedWhy: {
    application: "No such application is registered on this server.",
    address: "It wants to send you to an address that is not registered for this application.",
    repeated: "It says the same thing twice, in two ways.",
  },
  nothingGiven: "Nothing was given to anybody. Go back to the application, and tell its makers if this happens again.",
  formOld: "This page is too old",
  formOldWhy:
    "You have signed in or out since it was opened. Nothing was given to anybody; go back to the application and begin again.",
  notYours: "This channel is not yours any more",
  notYoursWhy: "Only the owner of a channel can let an application use it.",
};

const russian: Words = {
  language: "ru",
  wants: (application) => `${application} запрашивает доступ к вашему каналу`,
  may: "Приложение сможет:",
  scopes: {
    "oauth-user-show": "Видеть название и номер канала",
    "oauth-donation-subscribe": "Получать донаты в момент поступления",
    "oauth-donation-index": "Читать список полученных донатов",
    "oauth-custom_alert-store": "Показывать свои оповещения на стриме",
    "oauth-goal-subscribe": "Следить за целями сбора",
    "oauth-poll-subscribe": "Следить за голосованиями",
  },
  goesTo: (place) => `После ответа откроется ${place}.`,
  thisComputer: "программа на этом компьютере",
  allow: "Разрешить",
  deny: "Отказать",
  takeBack: (slug) => ["Доступ можно отозвать в любой момент:", `npx tipwire grant list ${slug}`],
  otherChannel: "Выбрать другой канал",
  signInFirst: "Сначала войдите",
  signInFirstWhy: "Приложение запрашивает доступ к каналу на этом сервере. Разрешить может только владелец.",
  signInSteps: [
    "На компьютере, где работает Tipwire, получите ссылку:",
    "Откройте её в этом браузере: эта страница вернётся сама.",
  ],
  slug: "ВАШ-КАНАЛ",
  goOn: "Вход выполнен",
  signInAs: (channel) => `Вход для владельца канала ${channel}`,
  signInAsWhy: "Ссылка действует один раз. Вход сохраняется на неделю и только в этом браузере.",
  signIn: "Войти",
  signedIn: (channel) => `Вы вошли как владелец канала ${channel}`,
  signedInWhy: "Теперь приложения могут запросить у вас доступ к каналу.",
  home: "Подключения и последние события",
  signedOut: "Вход не выполнен",
  signOut: "Выйти",
  linkSpent: "Ссылка больше не действует",
  linkSpentWhy: "Её уже открывали, или прошло полчаса. Получите новую на компьютере, где работает Tipwire:",
  untrusted: "Этому запросу нельзя доверять",
  untrustedWhy: {
    application: "Такое приложение не зарегистрировано на этом сервере.",
    address: "Адрес возврата не зарегистрирован для этого приложения.",
    repeated: "Одно и то же указано дважды и по-разному.",
  },
  nothingGiven: "Никто ничего не получил. Вернитесь в приложение; если это повторится, сообщите его авторам.",
  formOld: "Страница устарела",
  formOldWhy:
    "После её открытия был выполнен вход или выход. Никто ничего не получил; вернитесь в приложение и начните заново.",
  notYours: "Этот канал больше не ваш",
  notYoursWhy: "Разрешить приложению доступ к каналу может только владелец.",
};

/** In the first of our languages that `Accept-Language` names. */
export function wordsFor(request: Request): Words {
  return isRussian(request) ? russian : english;
}

/** Whether the first of our languages that `Accept-Language` names is Russian. */
export function isRussian(request: Request): boolean {
  const wanted = (request.headers.get("accept-language") ?? "").split(",").map((each) => each.trim().slice(0, 2));
  return wanted.find((each) => each === "en" || each === "ru") === "ru";
}
