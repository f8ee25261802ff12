/** A Tipwire in this process that plays DonationAlerts, with an application registered on it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../src/config.ts";
import { systemClock } from "../src/core/clock.ts";
import { OAuthClient, type RegisteredApplication } from "../src/platforms/donationalerts/oauth-client.ts";
import type { Tokens } from "../src/platforms/donationalerts/tokens.ts";
import { serve } from "../src/serve.ts";
import { type Application, application } from "./donationalerts-world.ts";
import { api } from "./program.ts";

export const allScopes = ["oauth-user-show", "oauth-donation-subscribe", "oauth-donation-index"];

export interface OtherSide {
  readonly url: string;
  readonly key: string;
  readonly app: Application;
  readonly registered: RegisteredApplication;
  /** A creator there, and what a login of theirs gives. */
  creator(slug: string, scopes?: readonly string[]): Promise<Tokens & { readonly userId: string }>;
  /** Another login of theirs. */
  again(slug: string): Promise<Tokens>;
  donate(slug: string, facts?: object): Promise<unknown>;
  stop(): Promise<void>;
}

export interface OtherSideOptions {
  /** Where the application wants browsers to be sent back to. */
  readonly redirectUri?: string;
  readonly flags?: readonly string[];
}

export async function startOtherSide({
  redirectUri = "http://localhost:9/back",
  flags = [],
}: OtherSideOptions = {}): Promise<OtherSide> {
  const dataDir = mkdtempSync(join(tmpdir(), "tipwire-side-"));
  const config = readConfig({ flags: ["--port", "0", ...flags], env: {}, usualDataDir: dataDir });
  const broken = (reason: string) => {
    throw new Error(reason);
  };
  const serving = await serve({ config, clock: systemClock, pid: process.pid, note: () => undefined, broken });
  const { url, key } = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8")) as { url: string; key: string };
  const server = { url, key };
  const app = await application(server, "Tipwire", redirectUri);
  const login = async (channel: string, scopes: readonly string[] = allScopes) => {
    const path = `/applications/${app.clientId}/tokens`;
    const issued = await api<IssuedThere>(server, "POST", path, { channel, scopes });
    const { accessToken: access, refreshToken: refresh, userId } = issued;
    return { access, refresh, issuedAt: Date.now(), expiresAt: null, scopes, userId: String(userId) };
  };
  return {
    url,
    key,
    app,
    registered: registeredAt(url, app),
    async creator(slug, scopes) {
      await api(server, "POST", "/channels", { slug });
      return login(slug, scopes);
    },
    again: (slug) => login(slug),
    donate: (slug, facts = {}) =>
      api(server, "POST", `/channels/${slug}/events`, {
        name: "Bo",
        amount: "5.00",
        currency: "USD",
        message: "Hello!",
        ...facts,
      }),
    async stop() {
      await serving.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

interface IssuedThere {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly userId: number;
}

/** The application as it is known on this side. */
export function registeredAt(url: string, app: Application): RegisteredApplication {
  return {
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    scopes: allScopes,
    authorizationUrl: `${url}/oauth/authorize`,
    tokenUrl: `${url}/oauth/token`,
    apiUrl: `${url}/api/v1`,
    realtimeUrl: `${url.replace("http", "ws")}/connection/websocket`,
  };
}

export function oauthClient(registered: RegisteredApplication): OAuthClient {
  return new OAuthClient(registered, { fetch, clock: systemClock });
}

/** What the guide's `.env` says of it, `REDIRECT_URI` left out. */
export function guideSettings({ registered }: Pick<OtherSide, "registered">): Record<string, string> {
  return {
    APP_ID: registered.clientId,
    API_KEY: registered.clientSecret,
    SESSION_SECRET_KEY: "a secret of the tests",
    DA_AUTHORIZATION_URL: registered.authorizationUrl,
    DA_TOKEN_URL: registered.tokenUrl,
    DA_API_BASE_URL: registered.apiUrl,
    DA_CENTRIFUGO_URL: registered.realtimeUrl,
  };
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<unknown>((resolve) => server.close(resolve));
  return port;
}
