import type { ConnectionStatusName } from "@tipwire/client";
import type { EventShown } from "./status.ts";

/** What the page at `/` says, by language. */
export interface Words {
  readonly title: string;
  readonly lead: string;
  readonly begin: string;
  /** Heading and text of each step; the commands under them are the same in every language. */
  readonly steps: readonly (readonly [string, string])[];
  readonly success: string;
  readonly away: string;
  readonly platforms: string;
  readonly noPlatform: string;
  readonly whatArrives: string;
  readonly notSetUp: string;
  readonly thenRestart: string;
  readonly login: string;
  readonly loginAgain: string;
  readonly states: Readonly<Record<ConnectionStatusName, string>>;
  readonly since: string;
  readonly nextTry: string;
  readonly lastHeard: string;
  readonly compared: string;
  readonly comparison: (missing: number, recovered: number) => string;
  readonly history: (imported: number, of: number | null) => string;
  readonly notHeard: string;
  readonly gap: (from: string, to: string) => string;
  readonly unread: (count: number) => string;
  readonly latest: string;
  readonly noEvents: string;
  readonly eventsSignIn: string;
  readonly signIn: string;
  readonly signInLink: string;
  readonly signedInAs: (channel: string) => string;
  readonly signOut: string;
  readonly anonymous: string;
  readonly voice: string;
  readonly types: Readonly<Record<Exclude<EventShown["type"], "donation">, string>>;
  readonly marks: Readonly<Record<"late" | "import" | "replay" | "test", string>>;
}

const english: Words = {
  title: "Tipwire is running",
  lead: "It keeps every donation you receive, once, and shows it on your stream within milliseconds.",
  begin: "Begin here",
  steps: [
    [
      "Open your overlay",
      "The first start printed its link in the terminal. Add it to OBS as a browser source, or open it here to try it. The link is shown only once; this makes a new one:",
    ],
    ["Send a donation", "In a second terminal, in the folder where you started Tipwire:"],
    [
      "Go on from here",
      "The folder docs describes the settings, and the protocols that programs and bots can read donations with. This lists the commands:",
    ],
  ],
  success: "DonationAlerts is connected. Your donations arrive here from now on.",
  away: "Tipwire does not answer just now. This page goes on by itself when it does.",
  platforms: "Platforms",
  noPlatform: "No platform is connected yet.",
  whatArrives:
    "Log in once, and every donation arrives the moment it is made. What was missed while a connection was down is read back from DonationAlerts’ list; your history comes in silently.",
  notSetUp: "DonationAlerts first needs an application of yours. On the computer where Tipwire runs:",
  thenRestart: "It shows you each step. Then start Tipwire again.",
  login: "Login with DonationAlerts",
  loginAgain: "Log in again",
  states: {
    connecting: "Connecting",
    live: "Live",
    waiting: "Waiting",
    "needs-authorization": "Needs your login",
    stopped: "Stopped",
  },
  since: "since",
  nextTry: "Next try",
  lastHeard: "Last heard",
  compared: "Compared with the list",
  comparison: (missing, recovered) => `${missing} missing, ${recovered} recovered`,
  history: (imported, of) =>
    of === null ? `Reading your history: ${imported}` : `Reading your history: ${imported} of ${of}`,
  notHeard: "Nobody listened",
  gap: (from, to) => `${from} to ${to}`,
  unread: (count) =>
    `${count} unread: what they say is kept and can be read again after an update (npx tipwire connection quarantine).`,
  latest: "Latest events",
  noEvents: "No donations yet. Send yourself a test one:",
  eventsSignIn: "To see them here, sign in: this makes a link on the computer where Tipwire runs.",
  signIn: "Sign in to see and connect your channel.",
  signInLink: "On the computer where Tipwire runs, make a link and open it in this browser:",
  signedInAs: (channel) => `Signed in for ${channel}`,
  signOut: "Sign out",
  anonymous: "Anonymous",
  voice: "Voice message",
  types: { subscription: "Subscription", follow: "Follow", raid: "Raid", host: "Host", custom: "Alert" },
  marks: { late: "Recovered", import: "History", replay: "Shown again", test: "Test" },
};

const russian: Words = {
  title: "Tipwire работает",
  lead: "Он сохраняет каждый ваш донат ровно один раз и показывает его на стриме за миллисекунды.",
  begin: "Первые шаги",
  steps: [
    [
      "Откройте окно оповещений",
      "При первом запуске ссылка появилась в терминале. Добавьте её в OBS как источник «Браузер» или откройте здесь. Она показывается один раз; эта команда создаёт новую:",
    ],
    ["Отправьте донат", "Во втором терминале, в папке, где запущен Tipwire:"],
    [
      "Что дальше",
      "В папке docs описаны настройки и протоколы, по которым донаты читают программы и боты. Список команд:",
    ],
  ],
  success: "DonationAlerts подключён. Теперь донаты приходят сюда.",
  away: "Tipwire сейчас не отвечает. Страница обновится сама, когда он вернётся.",
  platforms: "Платформы",
  noPlatform: "Пока не подключена ни одна платформа.",
  whatArrives:
    "Войдите один раз, и каждый донат будет приходить сразу. Пропущенное за время обрыва связи читается из списка DonationAlerts; история загружается без оповещений.",
  notSetUp: "Сначала DonationAlerts нужно ваше приложение. На компьютере, где работает Tipwire:",
  thenRestart: "Команда покажет все шаги. Затем перезапустите Tipwire.",
  login: "Войти через DonationAlerts",
  loginAgain: "Войти заново",
  states: {
    connecting: "Подключение",
    live: "На связи",
    waiting: "Ожидание",
    "needs-authorization": "Нужен ваш вход",
    stopped: "Остановлено",
  },
  since: "с",
  nextTry: "Следующая попытка",
  lastHeard: "Последний сигнал",
  compared: "Сверка со списком",
  comparison: (missing, recovered) => `не хватает: ${missing}, восстановлено: ${recovered}`,
  history: (imported, of) => (of === null ? `Загрузка истории: ${imported}` : `Загрузка истории: ${imported} из ${of}`),
  notHeard: "Никто не слушал",
  gap: (from, to) => `${from} – ${to}`,
  unread: (count) =>
    `Не прочитано: ${count}. Тексты сохранены, их можно прочитать после обновления (npx tipwire connection quarantine).`,
  latest: "Последние события",
  noEvents: "Донатов пока нет. Отправьте себе тестовый:",
  eventsSignIn: "Чтобы видеть их здесь, войдите: эта команда на компьютере, где работает Tipwire, создаёт ссылку.",
  signIn: "Войдите, чтобы увидеть и подключить свой канал.",
  signInLink: "На компьютере, где работает Tipwire, получите ссылку и откройте её в этом браузере:",
  signedInAs: (channel) => `Вход для канала ${channel}`,
  signOut: "Выйти",
  anonymous: "Аноним",
  voice: "Голосовое сообщение",
  types: { subscription: "Подписка", follow: "Фолловер", raid: "Рейд", host: "Хост", custom: "Оповещение" },
  marks: { late: "Восстановлен", import: "История", replay: "Показан снова", test: "Тест" },
};

export function wordsFor(locale: string): Words {
  return locale.startsWith("ru") ? russian : english;
}
