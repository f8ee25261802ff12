import type { Gate } from "./access/gate.ts";
import { GrantGate } from "./access/grant-gate.ts";
import { TokenIssuer } from "./access/token-issuer.ts";
import type { Config } from "./config.ts";
import type { Endpoint } from "./core/socket.ts";
import { applicationRoutes } from "./http/api/applications.ts";
import type { ApiRoom } from "./http/api/room.ts";
import { donationAlertsRoutes } from "./http/donationalerts/routes.ts";
import { authorizeRoutes } from "./http/oauth/authorize.ts";
import { BrowserSessions } from "./http/oauth/browser-session.ts";
import { signInRoutes } from "./http/oauth/sign-in.ts";
import { tokenRoutes } from "./http/oauth/token.ts";
import { RateLimit } from "./http/rate-limit.ts";
import type { Route } from "./http/router.ts";
import type { Hub } from "./log/hub.ts";
import { DonationAlertsApi } from "./platforms/donationalerts/api.ts";
import { donationAlertsEndpoint } from "./platforms/donationalerts/delivery.ts";
import { RealtimeTokens } from "./platforms/donationalerts/realtime-tokens.ts";
import type { Store } from "./store/store.ts";

export interface DonationAlertsParts {
  readonly config: Config;
  readonly store: Store;
  readonly room: ApiRoom;
  readonly gate: Gate;
  readonly hub: Hub;
  /** Where browsers and programs find this server, without a slash at the end. */
  readonly publicUrl: () => string;
}

/** Tipwire as DonationAlerts: applications and their grants, the OAuth server, the REST addresses, the realtime server. */
export interface DonationAlertsServer {
  readonly endpoint: Endpoint;
  readonly routes: readonly Route[];
  stop(): void;
}

export async function startDonationAlerts(parts: DonationAlertsParts): Promise<DonationAlertsServer> {
  const { config, store, room, gate, hub, publicUrl } = parts;
  const { log, directory, applications, grants, signIns, donations, checkpoints } = store;
  const { payinSystem, authSeconds, bodyBytes, socketsPerKey, messagesPer10s, applicationPerMinute } = config;
  const { clock } = room;
  const grantGate = new GrantGate(grants, directory, gate, clock);
  const realtimeTokens = new RealtimeTokens(await grants.signingKey(), () => clock.now());
  const limit = new RateLimit({ burst: applicationPerMinute, perSecond: applicationPerMinute / 60 }, clock);
  const sessions = new BrowserSessions(signIns, clock, publicUrl);
  const tokens = new TokenIssuer(grants, clock, config.accessTokenSeconds);

  const said = { directory, log, clock, payinSystem, tokens: realtimeTokens };
  const limits = { authSeconds, socketsPerKey, messagesPer10s };
  const endpoint = donationAlertsEndpoint({ ...said, ...limits, gate, hub, grants: grantGate });
  const answers = new DonationAlertsApi({
    ...said,
    donations,
    checkpoints,
    connectionSeconds: config.connectionTokenSeconds,
    subscriptionSeconds: config.subscriptionTokenSeconds,
    publicUrl,
  });
  const oauth = { applications, grants, directory, sessions, tokens, clock, bodyBytes };
  return {
    endpoint,
    routes: [
      ...applicationRoutes({ ...room, applications, grants, tokens, newLink: (person) => sessions.newLink(person) }),
      ...authorizeRoutes(oauth),
      ...tokenRoutes({ ...oauth, grantGate, limit }),
      ...signInRoutes({ sessions, directory, bodyBytes }),
      ...donationAlertsRoutes({ grantGate, answers, limit, bodyBytes }),
    ],
    stop() {
      endpoint.stop();
      grantGate.stop();
      limit.stop();
    },
  };
}
