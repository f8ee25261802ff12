import { join } from "node:path";
import { currencyExponent } from "./core/currencies.ts";

/** A setting that cannot be used; the message says to a person which and why. */
export class SettingInvalid extends Error {}

/** A flag that there is none of. */
export class FlagUnknown extends Error {}

interface Setting<T> {
  readonly flag: string;
  readonly env: string;
  /** What `--help` shows for the value. */
  readonly value: string;
  readonly usual: T;
  readonly help: string;
  /** Whether it may hold a password: never shown, not even where it is wrong. */
  readonly secret?: true;
  /** `undefined`: the text is not of the form that `value` describes. */
  readonly read: (text: string) => T | undefined;
}

function text(flag: string, value: string, usual: string, help: string): Setting<string> {
  return { flag, env: envOf(flag), value, usual, help, read: (given) => given.trim() || undefined };
}

function choice<T extends string>(flag: string, values: readonly T[], usual: T, help: string): Setting<T> {
  const read = (given: string) => values.find((value) => value === given.trim().toLowerCase());
  return { flag, env: envOf(flag), value: `one of ${values.join(", ")}`, usual, help, read };
}

function whole(flag: string, least: number, most: number, usual: number, help: string): Setting<number> {
  const value = `a whole number from ${least} to ${most}`;
  const read = (given: string) => {
    const number = /^\d{1,9}$/.test(given.trim()) ? Number(given) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  };
  return { flag, env: envOf(flag), value, usual, help, read };
}

/** An address of PostgreSQL, or one of `words`. */
function postgres(flag: string, words: readonly string[], help: string): Setting<string> {
  const value = ["a postgres:// address", ...words].join(", or ");
  const read = (given: string) => {
    const text = given.trim();
    return words.includes(text) || (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) ? text : undefined;
  };
  return { flag, env: envOf(flag), value, usual: "", help, secret: true, read };
}

/** Keys of the vault: text of a form that is never shown. */
function secretKeys(flag: string, help: string): Setting<string> {
  const value = "64 hex digits, or several such keys separated by commas";
  const read = (given: string) => (/^[0-9a-f]{64}( *, *[0-9a-f]{64})*$/i.test(given.trim()) ? given.trim() : undefined);
  return { flag, env: envOf(flag), value, usual: "", help, secret: true, read };
}

function envOf(flag: string): string {
  return `TIPWIRE_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** An http or https address, or a WebSocket's; without slashes at the end. */
function address(flag: string, schemes: readonly string[], usual: string, help: string): Setting<string> {
  const read = (given: string) => {
    const text = given.trim().replace(/\/+$/, "");
    return schemes.some((scheme) => text.startsWith(`${scheme}://`)) && URL.canParse(text) ? text : undefined;
  };
  return { flag, env: envOf(flag), value: `an ${schemes.join(" or ")} address`, usual, help, read };
}

function currency(flag: string, help: string): Setting<string> {
  const read = (given: string) => {
    const code = given.trim().toUpperCase();
    return currencyExponent(code) === undefined ? undefined : code;
  };
  return { flag, env: envOf(flag), value: "a code of ISO 4217, like EUR", usual: "", help, read };
}

function utcOffset(flag: string, help: string): Setting<string> {
  const read = (given: string) => /^[+-](0\d|1[0-3]):[0-5]\d$|^\+14:00$/.exec(given.trim())?.[0];
  return { flag, env: envOf(flag), value: "hours and minutes east of UTC, like +03:00", usual: "+00:00", help, read };
}

/** A setting under the name that the DonationAlerts guide gives it: its `.env` works as it is. */
function guide<T>(env: string, setting: Setting<T>): Setting<T> {
  return { ...setting, env };
}

function secret(setting: Setting<string>): Setting<string> {
  return { ...setting, secret: true };
}

/** Every setting of the server, once: flags, environment, file, `--help` and `docs/settings.md` come from here. */
export const settings = {
  host: text("host", "an address, or localhost for 127.0.0.1 and ::1", "localhost", "Where to listen."),
  port: whole("port", 0, 65_535, 8000, "The port to listen on; 0 takes any that is free."),
  dataDir: text("data-dir", "a directory", "", "Where everything is kept."),
  databaseUrl: postgres(
    "database-url",
    [],
    "Where events, accounts and keys are kept when several nodes serve them; without it in the data directory.",
  ),
  listenUrl: postgres(
    "listen-url",
    ["none"],
    "Where nodes tell each other of news when the database's address is that of a transaction pooler; none: they look every two seconds.",
  ),
  secretKey: secretKeys(
    "secret-key",
    "What keys and tokens of other services are sealed with: the first seals, all open. Without it a key in the data directory; with a database of several nodes it is needed.",
  ),
  publicUrl: text(
    "public-url",
    "an http or https address",
    "",
    "How browsers reach this server, if not by http://localhost:PORT.",
  ),
  trustedProxies: text(
    "trusted-proxies",
    "addresses separated by commas",
    "",
    "Reverse proxies whose X-Forwarded-For is believed.",
  ),
  log: choice(
    "log",
    ["auto", "text", "json", "off"],
    "auto",
    "What the log looks like; auto: text at a terminal, else JSON.",
  ),
  logLevel: choice("log-level", ["debug", "info", "warning", "error"], "info", "What is worth a line in it."),
  keepalive: whole("keepalive", 5, 120, 25, "Seconds after which a quiet native session hears something."),
  authSeconds: whole("auth-seconds", 1, 60, 5, "Seconds that a new WebSocket has to say who it is."),
  stallSeconds: whole(
    "stall-seconds",
    5,
    3600,
    60,
    "Seconds without reading after which a client is disconnected; it resumes from its cursor.",
  ),
  frameBytes: whole("frame-bytes", 1024, 16_777_216, 65_536, "Largest message that a WebSocket client may send."),
  bodyBytes: whole("body-bytes", 1024, 1_048_576, 65_536, "Largest body of a request (imports: 1 MB)."),
  mediaMb: whole("media-mb", 1, 100_000, 200, "MB that the uploaded files of one channel may have together."),
  messagesPer10s: whole("messages-per-10s", 1, 100_000, 60, "Messages that a WebSocket client may send in 10 seconds."),
  socketsPerKey: whole(
    "sockets-per-key",
    1,
    1_000_000,
    10_000,
    "Sessions that one key or token may have open on a node.",
  ),
  upgradeBurst: whole("upgrade-burst", 1, 1_000_000, 2000, "New WebSockets that an address may open at once."),
  upgradesPerSecond: whole(
    "upgrades-per-second",
    1,
    1_000_000,
    500,
    "New WebSockets that an address may open a second after that.",
  ),
  accessTokenSeconds: whole(
    "access-token-seconds",
    60,
    999_999_999,
    604_800,
    "Seconds that an application's access token works before it must be refreshed.",
  ),
  connectionTokenSeconds: whole(
    "connection-token-seconds",
    0,
    999_999_999,
    0,
    "Seconds that a DonationAlerts socket_connection_token works; 0: for ever.",
  ),
  subscriptionTokenSeconds: whole(
    "subscription-token-seconds",
    0,
    999_999_999,
    0,
    "Seconds that a DonationAlerts subscription token works; 0: for ever.",
  ),
  applicationPerMinute: whole(
    "application-per-minute",
    1,
    1_000_000,
    6000,
    "Requests that an application may send to the DonationAlerts addresses in a minute.",
  ),
  payinSystem: choice(
    "payin-system",
    ["none", "object", "text"],
    "none",
    "What payin_system is in DonationAlerts' donations: null, {title}, or text; typed clients disagree.",
  ),
  donationAlertsAppId: guide(
    "APP_ID",
    text(
      "app-id",
      "the App ID",
      "",
      "Of the application that is registered at DonationAlerts, whose donations come in by it.",
    ),
  ),
  donationAlertsApiKey: guide("API_KEY", secret(text("api-key", "the API Key", "", "Of the same application."))),
  donationAlertsRedirectUri: guide(
    "REDIRECT_URI",
    address(
      "redirect-uri",
      ["http", "https"],
      "",
      "Where DonationAlerts sends browsers back to, as it is registered there, if not to /api/auth/donationalerts/callback here.",
    ),
  ),
  sessionSecretKey: guide(
    "SESSION_SECRET_KEY",
    secret(
      text("session-secret-key", "text", "", "Mixed into what a browser is given for a login; the same on all nodes."),
    ),
  ),
  donationAlertsScopes: guide(
    "DA_SCOPES",
    text(
      "da-scopes",
      "scopes separated by spaces",
      "oauth-user-show oauth-donation-subscribe oauth-donation-index",
      "What a login at DonationAlerts asks for; without oauth-donation-index nothing that was missed can be read back.",
    ),
  ),
  donationAlertsAuthorizationUrl: guide(
    "DA_AUTHORIZATION_URL",
    address(
      "da-authorization-url",
      ["http", "https"],
      "https://www.donationalerts.com/oauth/authorize",
      "DonationAlerts' page of consent.",
    ),
  ),
  donationAlertsTokenUrl: guide(
    "DA_TOKEN_URL",
    address("da-token-url", ["http", "https"], "https://www.donationalerts.com/oauth/token", "Where it gives tokens."),
  ),
  donationAlertsApiUrl: guide(
    "DA_API_BASE_URL",
    address("da-api-base-url", ["http", "https"], "https://www.donationalerts.com/api/v1", "Its REST addresses."),
  ),
  donationAlertsRealtimeUrl: guide(
    "DA_CENTRIFUGO_URL",
    address(
      "da-centrifugo-url",
      ["ws", "wss"],
      "wss://centrifugo.donationalerts.com/connection/websocket",
      "Its realtime server.",
    ),
  ),
  donationAlertsCurrency: guide(
    "DA_CURRENCY",
    currency(
      "da-currency",
      "The currency of all creators' accounts there, which it never names; without it each one's is learned from donations in it.",
    ),
  ),
  donationAlertsUtcOffset: guide(
    "DA_UTC_OFFSET",
    utcOffset("da-utc-offset", "The time zone of created_at in what comes from there, which names none."),
  ),
  pallyUrl: address("pally-url", ["ws", "wss"], "wss://events.pally.gg", "Where Pally sends its tips."),
  tuniformUrl: address(
    "tuniform-url",
    ["ws", "wss"],
    "wss://stream-alerts.tuniform.tn/ws",
    "Where Tuniform sends its stream alerts.",
  ),
  tuniformPollUrl: address(
    "tuniform-poll-url",
    ["http", "https"],
    "",
    "Where Tuniform lists what happened, {token} being the stream token: what was missed is read there. Usually unknown.",
  ),
  failureBurst: whole("failure-burst", 1, 1_000_000, 20, "Failed sign-ins that an address may have at once."),
  failuresPerSecond: whole(
    "failures-per-second",
    1,
    1_000_000,
    1,
    "Failed sign-ins that an address may have a second after that.",
  ),
} as const;

export type Config = {
  readonly [name in keyof typeof settings]: (typeof settings)[name] extends Setting<infer T> ? T : never;
};

type Values = Readonly<Record<string, string | undefined>>;

/** Where settings come from, the first that has one decides. */
export interface ConfigSources {
  readonly flags: readonly string[];
  readonly env: Values;
  /** A file of lines `NAME=value`. */
  readonly file?: { readonly path: string; readonly values: Values };
  /** Where data is kept when nobody says. */
  readonly usualDataDir: string;
}

/** The settings from flags, then the environment, then the file, then what is usual. Throws `SettingInvalid`, `FlagUnknown`. */
export function readConfig({ flags, env, file, usualDataDir }: ConfigSources): Config {
  const given = parseFlags(flags);
  const config = Object.entries(settings).map(([name, setting]: [string, Setting<string | number>]) => {
    const sources = [
      { name: `--${setting.flag}`, text: given.get(setting.flag) },
      { name: setting.env, text: env[setting.env] || undefined },
      { name: `${setting.env} in ${file?.path}`, text: file?.values[setting.env] || undefined },
    ];
    const source = sources.find((each) => each.text !== undefined);
    if (source?.text === undefined) return [name, setting.usual];
    const value = setting.read(source.text);
    if (value !== undefined) return [name, value];
    const not = setting.secret ? "" : `, not "${source.text}"`;
    throw new SettingInvalid(`${source.name} must be ${setting.value}${not}.`);
  });
  return checked(Object.fromEntries(config) as Config, usualDataDir);
}

/** The user's own place for programs' data. */
export function userDataDir(env: Values, platform: string, home: string): string {
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "Tipwire");
  if (platform === "darwin") return join(home, "Library", "Application Support", "Tipwire");
  return join(env["XDG_DATA_HOME"] || join(home, ".local", "share"), "tipwire");
}

function checked(config: Config, usualDataDir: string): Config {
  const { publicUrl } = config;
  if (publicUrl !== "" && !(/^https?:\/\//.test(publicUrl) && URL.canParse(publicUrl))) {
    throw new SettingInvalid(`TIPWIRE_PUBLIC_URL must be an http or https address, not "${publicUrl}".`);
  }
  return { ...config, dataDir: config.dataDir || usualDataDir, publicUrl: publicUrl.replace(/\/+$/, "") };
}

function parseFlags(flags: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set(Object.values(settings).map(({ flag }) => flag as string));
  const given = new Map<string, string>();
  for (let i = 0; i < flags.length; i++) {
    const [flag = "", ...rest] = (flags[i] ?? "").split("=");
    const name = flag.replace(/^--/, "");
    if (!flag.startsWith("--") || !known.has(name)) throw new FlagUnknown(`There is no ${flags[i]} for serve.`);
    const value = rest.length > 0 ? rest.join("=") : flags[++i];
    if (value === undefined) throw new SettingInvalid(`--${name} needs a value.`);
    given.set(name, value);
  }
  return given;
}

/** The table of settings as `--help` prints it. */
export function settingsHelp(): string {
  return Object.values(settings)
    .map(
      ({ flag, env, usual, help, value }) =>
        `  --${flag} (${env})\n      ${help} ${value}${usual === "" ? "" : `; usually ${usual}`}.`,
    )
    .join("\n");
}
