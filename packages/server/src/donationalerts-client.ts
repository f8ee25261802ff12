import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import type { Note } from "./core/note.ts";
import { pause } from "./core/pause.ts";
import type { Budgets } from "./intake/budget.ts";
import type { Dial } from "./intake/dial.ts";
import type { PlatformLogin } from "./intake/platform-login.ts";
import type { SourceFactory } from "./intake/source-factory.ts";
import type { Unsaid } from "./platforms/donationalerts/decode.ts";
import { DonationAlertsLogin } from "./platforms/donationalerts/login.ts";
import { OAuthClient } from "./platforms/donationalerts/oauth-client.ts";
import { donationAlertsSource } from "./platforms/donationalerts/source.ts";

export interface DonationAlertsClientParts {
  readonly config: Config;
  readonly budgets: Budgets;
  readonly clock: Clock;
  readonly dial: Dial;
  readonly fetch: typeof fetch;
  readonly note: Note;
}

/** Tipwire as DonationAlerts' client: how creators log in there, and how their donations come in. */
export interface DonationAlertsClient {
  readonly factory: SourceFactory;
  /** `undefined`: no application is set. */
  readonly login: PlatformLogin | undefined;
  /** What its messages leave unsaid, as far as the settings say it. */
  readonly unsaid: Unsaid;
}

/** DonationAlerts' limit for an application: its documentation, "Rate Limiting". */
const perMinute = 60;

/** What is not set today may be set after the next start; milliseconds. */
const untilLater = 3_600_000;

export function donationAlertsClient({
  config,
  budgets,
  clock,
  dial,
  fetch,
  note,
}: DonationAlertsClientParts): DonationAlertsClient {
  const { donationAlertsAppId: clientId, donationAlertsApiKey: clientSecret } = config;
  const application = {
    clientId,
    clientSecret,
    scopes: config.donationAlertsScopes.split(/[ ,]+/),
    authorizationUrl: config.donationAlertsAuthorizationUrl,
    tokenUrl: config.donationAlertsTokenUrl,
    apiUrl: config.donationAlertsApiUrl,
    realtimeUrl: config.donationAlertsRealtimeUrl,
  };
  const oauth = new OAuthClient(application, { fetch, clock });
  const reserve = () => budgets.reserve(`donationalerts:${clientId}`, perMinute);
  const unsaid = unsaidIn(config);
  const factory = donationAlertsSource({ oauth, fetch, dial, clock, reserve, unsaid });
  if (clientId === "" || clientSecret === "")
    return { factory: { ...factory, open: () => unset }, login: undefined, unsaid };
  const turn = async () => pause(clock, await reserve(), new AbortController().signal);
  return { factory, login: new DonationAlertsLogin({ oauth, fetch, clock, turn, note }), unsaid };
}

function unsaidIn({ donationAlertsCurrency: currency, donationAlertsUtcOffset: utcOffset }: Config): Unsaid {
  return { utcOffset, ...(currency !== "" && { currency }) };
}

const unset = {
  run: async () => ({
    status: "retry" as const,
    reason: "APP_ID and API_KEY are not set. npx tipwire setup donationalerts shows where they come from.",
    after: untilLater,
  }),
};
