import { createHash } from "node:crypto";
import { hiddenFields } from "../../packages/server/test/donationalerts-world.ts";
import { call } from "./call.ts";
import { redirectUris } from "./sent-to.ts";
import { Stock } from "./stock.ts";

export interface Application {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What an application may do in a channel. */
export interface Access {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The channel's number. */
  readonly userId: number;
}

/** A browser that somebody has signed in with. */
export interface Session {
  /** `name=value`. */
  readonly cookie: string;
  readonly formToken: string;
}

/** What a browser comes back with. */
export interface Attempt {
  readonly cookie: string;
  readonly state: string;
}

export interface Code {
  readonly code: string;
  readonly verifier: string;
}

/** Everything that came to be by somebody's consent. */
export interface Granted {
  /** Asks for consent, and for tokens; its redirect addresses are `redirectUris`. */
  readonly application: Application;
  /** Its consent page with every parameter, as the application asks for it. */
  readonly authorization: readonly (readonly [string, string])[];
  /** Of the channel of whoever consents; nobody ends this one. */
  readonly session: Session;
  /** For the channel that is read, and the one that is written to. */
  readonly reading: Access;
  readonly writing: Access;
  /** For the realtime server of the channel that is read, and its token. */
  readonly listening: Access;
  readonly connectionToken: string;
  /** Each works once. */
  readonly links: Stock<string>;
  readonly sessions: Stock<Session>;
  readonly codes: Stock<Code>;
  /** Logins at DonationAlerts that the browser of `session` is away for. */
  readonly attempts: Stock<Attempt>;
  readonly refreshTokens: Stock<string>;
}

const verifier = "v".repeat(43);

/** `consenting`: the channel whose owner consents. `level`: of each stock. */
export async function createGranted(
  url: string,
  administrator: string,
  account: string,
  channels: { readonly consenting: string; readonly read: string; readonly written: string },
  level: number,
): Promise<Granted> {
  const post = <T>(path: string, body?: unknown) => call<T>(url, administrator, "POST", path, body);
  const create = (name: string) => post<Application>("/v1/applications", { name, account, redirectUris });
  const access = ({ clientId }: Application, channel: string) =>
    post<Access>(`/v1/applications/${clientId}/tokens`, { channel });
  const link = async () => {
    const made = await post<{ url: string }>(`/v1/channels/${channels.consenting}/login`);
    return new URL(made.url).pathname;
  };

  const application = await create("Asks");
  // Others than the one that asks: each may ask so many times a minute.
  const rest = await create("Reads and writes");
  const listening = await access(await create("Listens"), channels.read);
  const user = await call<{ data: { socket_connection_token: string } }>(
    url,
    listening.accessToken,
    "GET",
    "/api/v1/user/oauth",
  );
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const authorization = [
    ["client_id", application.clientId],
    ["redirect_uri", redirectUris[0]],
    ["response_type", "code"],
    ["scope", "oauth-user-show oauth-donation-subscribe oauth-donation-index"],
    ["state", "xyz"],
    ["code_challenge", challenge],
    ["code_challenge_method", "S256"],
  ] as const;
  const session = await signIn(url, await link());
  const consent = async () => ({ code: await codeFor(url, session, authorization), verifier });
  const refreshToken = async () => (await access(application, channels.consenting)).refreshToken;
  const stock = <Thing>(make: () => Promise<Thing>) => new Stock(make, level);
  return {
    application,
    authorization,
    session,
    reading: await access(rest, channels.read),
    writing: await access(rest, channels.written),
    listening,
    connectionToken: user.data.socket_connection_token,
    links: stock(link),
    sessions: stock(async () => signIn(url, await link())),
    codes: stock(consent),
    attempts: stock(() => beginLogin(url, session, channels.consenting)),
    refreshTokens: stock(refreshToken),
  };
}

/** Refills whatever runs low. */
export async function refill({ links, sessions, codes, attempts, refreshTokens }: Granted): Promise<void> {
  await Promise.all([links.fill(), sessions.fill(), codes.fill(), attempts.fill(), refreshTokens.fill()]);
}

async function signIn(url: string, link: string): Promise<Session> {
  const opened = await fetch(url + link, { method: "POST", redirect: "manual" });
  const cookie = opened.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const page = await (await fetch(`${url}/login`, { headers: { cookie } })).text();
  const formToken = /name="form_token" value="([0-9a-f]+)"/.exec(page)?.[1];
  if (formToken === undefined) throw new Error(`Nobody is signed in by ${link.slice(0, 7)}…`);
  return { cookie, formToken };
}

async function codeFor(
  url: string,
  { cookie }: Session,
  query: readonly (readonly [string, string])[],
): Promise<string> {
  const asked = new URLSearchParams(query.map(([name, value]) => [name, value]));
  const page = await fetch(`${url}/oauth/authorize?${asked}`, { headers: { cookie } });
  const body = new URLSearchParams({ ...hiddenFields(await page.text()), decision: "allow" });
  const sent = await fetch(`${url}/oauth/authorize`, { method: "POST", headers: { cookie }, body, redirect: "manual" });
  const code = new URL(sent.headers.get("location") ?? "about:blank").searchParams.get("code");
  if (code === null) throw new Error(`Nobody consented: ${sent.status}.`);
  return code;
}

async function beginLogin(url: string, { cookie }: Session, channel: string): Promise<Attempt> {
  const address = `${url}/api/auth/donationalerts/login?channel=${channel}&from=elsewhere`;
  const sent = await fetch(address, { headers: { cookie }, redirect: "manual" });
  const state = new URL(sent.headers.get("location") ?? "about:blank").searchParams.get("state");
  if (state === null) throw new Error(`No login began: ${sent.status}.`);
  return { cookie: sent.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "", state };
}
