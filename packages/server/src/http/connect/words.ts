import { isRussian } from "../oauth/words.ts";

/** What can go wrong with a login at DonationAlerts: the body that its guide answers with, and what the page says. */
export const loginFailures = {
  denied: {
    status: 403,
    error: "access_denied",
    en: [
      "You did not allow it",
      "DonationAlerts gave Tipwire nothing, and nothing has changed here. You can begin again whenever you like.",
    ],
    ru: [
      "Доступ не разрешён",
      "DonationAlerts ничего не передал Tipwire, и здесь ничего не изменилось. Начать заново можно в любой момент.",
    ],
  },
  scope: {
    status: 502,
    error: "invalid_scope",
    en: [
      "DonationAlerts does not know these permissions",
      "It refuses a scope of DA_SCOPES. Take DA_SCOPES out of the settings or correct it, start Tipwire again, then begin again. Nothing has changed here.",
    ],
    ru: [
      "DonationAlerts не знает этих разрешений",
      "Он отклоняет одно из разрешений в DA_SCOPES. Уберите DA_SCOPES из настроек или исправьте, перезапустите Tipwire и начните заново. Здесь ничего не изменилось.",
    ],
  },
  application: {
    status: 502,
    error: "invalid_request",
    en: [
      "DonationAlerts refuses this application",
      "It does not let anybody log in with APP_ID and REDIRECT_URI as they are set here. Compare them with the application's page at DonationAlerts (npx tipwire setup donationalerts shows them), then begin again.",
    ],
    ru: [
      "DonationAlerts отклоняет это приложение",
      "Он не разрешает вход с APP_ID и REDIRECT_URI из настроек. Сравните их со страницей приложения в DonationAlerts (их показывает npx tipwire setup donationalerts) и начните заново.",
    ],
  },
  unavailable: {
    status: 502,
    error: "temporarily_unavailable",
    en: [
      "DonationAlerts cannot log you in just now",
      "Something went wrong there, and nothing has changed here. Try again later.",
    ],
    ru: [
      "DonationAlerts сейчас не может выполнить вход",
      "Там произошла ошибка, а здесь ничего не изменилось. Попробуйте позже.",
    ],
  },
  mismatch: {
    status: 400,
    error: "Invalid state",
    en: [
      "This login cannot be finished",
      "It was begun in another browser, was finished before, or took longer than ten minutes. Nothing was connected. Begin again, and finish in the same browser.",
    ],
    ru: [
      "Этот вход нельзя завершить",
      "Он начат в другом браузере, уже завершён или длился дольше десяти минут. Ничего не подключено. Начните заново и завершите в том же браузере.",
    ],
  },
  "no-code": {
    status: 400,
    error: "Missing authorization code",
    en: ["DonationAlerts sent you back without a code", "Nothing was connected. Begin again."],
    ru: ["DonationAlerts вернул вас без кода", "Ничего не подключено. Начните заново."],
  },
  failed: {
    status: 502,
    error: "Failed to exchange code for token",
    en: [
      "DonationAlerts gave no access",
      "It does not accept APP_ID, API_KEY or REDIRECT_URI as they are set here. Compare them with the application's page at DonationAlerts (npx tipwire setup donationalerts shows them), then begin again.",
    ],
    ru: [
      "DonationAlerts не дал доступ",
      "Он не принимает APP_ID, API_KEY или REDIRECT_URI из настроек. Сравните их со страницей приложения в DonationAlerts (их показывает npx tipwire setup donationalerts) и начните заново.",
    ],
  },
  unreached: {
    status: 502,
    error: "Failed to exchange code for token",
    en: [
      "DonationAlerts did not answer",
      "It was not reached, or asks for a pause. Nothing was connected. Begin again in a minute.",
    ],
    ru: [
      "DonationAlerts не ответил",
      "Он недоступен или просит подождать. Ничего не подключено. Начните заново через минуту.",
    ],
  },
  unset: {
    status: 503,
    error: "DonationAlerts is not set up",
    en: [
      "DonationAlerts is not set up yet",
      "This server needs an application of yours at DonationAlerts. On the computer where Tipwire runs, npx tipwire setup donationalerts shows how; then start Tipwire again.",
    ],
    ru: [
      "DonationAlerts ещё не настроен",
      "Серверу нужно ваше приложение в DonationAlerts. На компьютере, где работает Tipwire, npx tipwire setup donationalerts покажет, как его создать; затем перезапустите Tipwire.",
    ],
  },
  keyless: {
    status: 503,
    error: "TIPWIRE_SECRET_KEY is not set",
    en: [
      "This server cannot keep a login yet",
      "What DonationAlerts gives is stored sealed, and there is no key for that: set TIPWIRE_SECRET_KEY, the same on every node, and start Tipwire again. Nothing was connected.",
    ],
    ru: [
      "Сервер пока не может сохранить вход",
      "То, что даёт DonationAlerts, хранится зашифрованным, а ключа нет: задайте TIPWIRE_SECRET_KEY, одинаковый на всех узлах, и перезапустите Tipwire. Ничего не подключено.",
    ],
  },
  unstored: {
    status: 503,
    error: "The login could not be stored",
    en: [
      "The login could not be stored",
      "The store of this server does not answer just now. Nothing was connected. Begin again in a minute.",
    ],
    ru: [
      "Вход не удалось сохранить",
      "Хранилище сервера сейчас не отвечает. Ничего не подключено. Начните заново через минуту.",
    ],
  },
  channel: {
    status: 403,
    error: "Sign in as the channel's owner",
    en: [
      "This channel is not yours",
      "Only its owner can connect a platform to it. Make a link that signs you in for it: npx tipwire login --channel YOUR-CHANNEL",
    ],
    ru: [
      "Этот канал не ваш",
      "Подключить платформу может только владелец. Получите ссылку для входа: npx tipwire login --channel ВАШ-КАНАЛ",
    ],
  },
  another: {
    status: 403,
    error: "Sign in to connect another account",
    en: [
      "Sign in to connect another account",
      "Another DonationAlerts account is connected to this channel already. To add one, make a link that signs you in, open it here, and begin again: npx tipwire login --channel YOUR-CHANNEL",
    ],
    ru: [
      "Войдите, чтобы подключить другой аккаунт",
      "К каналу уже подключён другой аккаунт DonationAlerts. Чтобы добавить ещё один, получите ссылку для входа, откройте её здесь и начните заново: npx tipwire login --channel ВАШ-КАНАЛ",
    ],
  },
} as const;

/** Why a platform sends a browser back without consent: RFC 6749, 4.1.2.1. What is not registered there is a no like any other. */
export function refusalOf(error: string): LoginFailure {
  return refusals.get(error) ?? "denied";
}

const refusals: ReadonlyMap<string, LoginFailure> = new Map([
  ["invalid_scope", "scope"],
  ["unauthorized_client", "application"],
  ["invalid_request", "application"],
  ["unsupported_response_type", "application"],
  ["server_error", "unavailable"],
  ["temporarily_unavailable", "unavailable"],
]);

export type LoginFailure = keyof typeof loginFailures;

export interface FailureWords {
  readonly title: string;
  readonly why: string;
  readonly again: string;
  readonly home: string;
}

export function failureWords(request: Request, failure: LoginFailure): FailureWords {
  const russian = isRussian(request);
  const [title, why] = loginFailures[failure][russian ? "ru" : "en"];
  return russian
    ? { title, why, again: "Начать заново", home: "На главную" }
    : { title, why, again: "Begin again", home: "Back to Tipwire" };
}
