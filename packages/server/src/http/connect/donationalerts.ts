import type { Channel, Directory } from "../../access/directory.ts";
import { Refused } from "../../core/errors.ts";
import type { Vault } from "../../core/vault.ts";
import { type Connections, secretOf } from "../../intake/connections.ts";
import type { PlatformLogin } from "../../intake/platform-login.ts";
import type { AcceptedAccess } from "../../intake/source-factory.ts";
import { json } from "../answers.ts";
import type { BrowserSessions } from "../oauth/browser-session.ts";
import { page, signInFirstPage } from "../oauth/pages.ts";
import { wordsFor } from "../oauth/words.ts";
import type { Route, Visit } from "../router.ts";
import type { LoginAttempts } from "./login-attempts.ts";
import { loginFailed, loginRefused, wantsJson } from "./pages.ts";
import type { Visitor, Visitors } from "./visitors.ts";

export interface ConnectRoom {
  readonly visitors: Visitors;
  readonly sessions: BrowserSessions;
  readonly attempts: LoginAttempts;
  readonly directory: Directory;
  readonly connections: Connections;
  readonly vault: Vault;
  /** `undefined`: no application is set. */
  readonly login: PlatformLogin | undefined;
  /** Where DonationAlerts sends browsers back to, as it is registered there. */
  readonly redirectUri: () => string;
}

const path = "/api/auth/donationalerts";
const platform = "donationalerts";

/** The addresses of the DonationAlerts guide: a creator logs in there, and the account is connected to a channel here. */
export function connectRoutes(room: ConnectRoom): readonly Route[] {
  return [
    { method: "GET", pattern: `${path}/login`, answer: (visit) => asPage(visit, begin(room, visit)) },
    {
      method: "GET",
      pattern: `${path}/callback`,
      answer(visit) {
        // The exchange waits for its turn among the application's sixty requests a minute.
        visit.keepOpen();
        return asPage(visit, finish(room, visit));
      },
    },
    { method: "POST", pattern: `${path}/logout`, answer: (visit) => signOut(room, visit) },
  ];
}

/** What is refused here is said to a person, too. */
function asPage({ request }: Visit, answer: Promise<Response>): Promise<Response> {
  return answer.catch((fault: unknown) => {
    if (!(fault instanceof Refused)) throw fault;
    return loginFailed(request, fault.code === "secret_key_missing" ? "keyless" : "unstored", loginAddress());
  });
}

async function begin(room: ConnectRoom, visit: Visit): Promise<Response> {
  const { request, url } = visit;
  if (room.login === undefined) return loginFailed(request, "unset", loginAddress());
  if (!room.vault.ready) return loginFailed(request, "keyless", loginAddress());
  const elsewhere = whereCookiesAre(url, room.redirectUri());
  if (elsewhere !== undefined) return sentTo(elsewhere);
  const visitor = await room.visitors.of(visit);
  const wanted = url.searchParams.get("channel");
  if (visitor.kind === "unknown") return signInFirst(room, request, wanted);
  const channel = channelFor(visitor, wanted);
  if (channel === undefined) return loginFailed(request, "channel", loginAddress());
  const person = { account: channel.account, channel: channel.id };
  const { attempt, cookie } = await room.attempts.begin(person, request);
  return sentTo(await room.login.begin(attempt), cookie);
}

async function finish(room: ConnectRoom, visit: Visit): Promise<Response> {
  const { request, url } = visit;
  const { attempts, directory, login } = room;
  const again = (slug?: string) => loginAddress(slug);
  if (login === undefined) return loginFailed(request, "unset", again());
  const begun = await attempts.finish(request, url.searchParams.get("state") ?? "");
  const error = url.searchParams.get("error");
  if (error !== null) return loginRefused(request, error, again());
  if (begun === undefined) {
    visit.handshake.failed();
    return loginFailed(request, "mismatch", again());
  }
  const channel = await directory.channel(begun.person.channel);
  const visitor = await room.visitors.of(visit);
  if (channel === undefined || !visitor.channels.some(({ id }) => id === channel.id)) {
    return loginFailed(request, "channel", again());
  }
  const outcome = await login.finish(url.searchParams, begun.attempt);
  if (outcome.status !== "accepted") return loginFailed(request, outcome.status, again(channel.slug));
  if (!(await keep(room, visitor, channel, outcome.access)))
    return loginFailed(request, "another", again(channel.slug));
  return sentTo("/?status=success");
}

/** A browser session ends; what is connected stays connected. */
async function signOut({ sessions }: ConnectRoom, { request }: Visit): Promise<Response> {
  if (!sessions.isOwnPage(request)) return json({ error: "Not from this page" }, 403);
  const cookie = await sessions.end(request);
  if (!wantsJson(request)) return sentTo("/", cookie);
  const response = json({ message: "Logged out successfully" });
  response.headers.append("set-cookie", cookie);
  return response;
}

/** Who is not signed in may make the first connection and renew it, and never bring another account in. `false`: refused. */
async function keep(
  { connections, vault }: ConnectRoom,
  visitor: Visitor,
  channel: Channel,
  { account, name, secret }: AcceptedAccess,
): Promise<boolean> {
  const ours = async () => (await connections.list(channel.id)).filter((each) => each.platform === platform);
  const before = await ours();
  const isNew = before.length > 0 && !before.some((each) => each.account === account);
  if (visitor.kind !== "signed-in" && isNew) return false;
  const wish = { channel: channel.id, platform, account, name } as const;
  const made = await connections.create(wish, (id) => vault.seal(secret, secretOf(id)));
  if (made !== "account-taken") return true;
  const known = (await ours()).find((each) => each.account === account);
  if (known !== undefined) await connections.authorize(known.id, vault.seal(secret, secretOf(known.id)));
  return known !== undefined;
}

/** The one that is asked for; without a word the only one, or the one called `main`. */
function channelFor({ channels }: Visitor, wanted: string | null): Channel | undefined {
  if (wanted !== null) return channels.find(({ slug }) => slug === wanted.toLowerCase());
  return channels.length === 1 ? channels[0] : channels.find(({ slug }) => slug === "main");
}

function signInFirst({ sessions }: ConnectRoom, request: Request, channel: string | null): Response {
  if (wantsJson(request)) return json({ error: "Sign in first" }, 401);
  const words = wordsFor(request);
  const again = loginAddress(channel ?? undefined);
  return page(words, signInFirstPage(words, again), { status: 401, cookies: [sessions.remember(again)] });
}

/**
 * Cookies are kept by host: a browser that came to 127.0.0.1 would come back to localhost without its own. Sent there at most
 * once, since a proxy may change what we see of the host.
 */
function whereCookiesAre(url: URL, redirectUri: string): string | undefined {
  const target = new URL(redirectUri);
  if (url.host === target.host || url.searchParams.has("from")) return undefined;
  const query = new URLSearchParams(url.searchParams);
  query.set("from", "elsewhere");
  return `${target.origin}${path}/login?${query}`;
}

function loginAddress(channel?: string): string {
  return `${path}/login?${new URLSearchParams(channel === undefined ? {} : { channel })}`;
}

function sentTo(location: string, ...cookies: readonly string[]): Response {
  const headers = new Headers({ location, "cache-control": "no-store", "referrer-policy": "no-referrer" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
