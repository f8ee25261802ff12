import type { Clock } from "../src/core/clock.ts";
import { OAuthClient } from "../src/platforms/donationalerts/oauth-client.ts";
import { type Tokens, tokensText } from "../src/platforms/donationalerts/tokens.ts";
import { allScopes } from "./donationalerts-side.ts";
import { type Line, type Script, TranscriptPlayer } from "./transcript-player.ts";

export const userId = 13900001;
export const channel = `$alerts:donation_${userId}`;
export const clientId = "d558c046-c679-43e3-a62d-65989ab55f7c";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body: string;
}

/** DonationAlerts as its documentation and recordings have it: REST over HTTP, and a realtime server that says literal bytes. */
export class RecordedDonationAlerts {
  /** Every HTTP request, in order. */
  readonly asked: Asked[] = [];
  /** The access tokens that are good. */
  readonly good = new Set(["a1"]);
  /** JSON texts of the list's donations, newest first. */
  list: string[] = [];
  /** Answers that come before the usual ones, each once: by path. */
  readonly instead: { readonly path: string; readonly answer: () => Response }[] = [];
  /** What the token endpoint gives. */
  refresh: () => Response = () => {
    const number = this.good.size + 1;
    this.good.add(`a${number}`);
    return Response.json({
      token_type: "Bearer",
      expires_in: 3600,
      access_token: `a${number}`,
      refresh_token: `r${number}`,
    });
  };
  readonly player: TranscriptPlayer;
  readonly #server: ReturnType<typeof Bun.serve>;
  #sockets = 0;
  #subscriptions = 0;

  private constructor(player: TranscriptPlayer) {
    this.player = player;
    this.#server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => this.#answer(request) });
  }

  static async start(...scripts: readonly Script[]): Promise<RecordedDonationAlerts> {
    return new RecordedDonationAlerts(await TranscriptPlayer.start(...scripts));
  }

  oauth(clock: Clock): OAuthClient {
    const url = `http://127.0.0.1:${this.#server.port}`;
    const application = {
      clientId: "7",
      clientSecret: "secret",
      scopes: allScopes,
      authorizationUrl: `${url}/oauth/authorize`,
      tokenUrl: `${url}/oauth/token`,
      apiUrl: `${url}/api/v1`,
      realtimeUrl: `${this.player.url}/connection/websocket`,
    };
    return new OAuthClient(application, { fetch, clock });
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
    await this.player.stop();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname + url.search;
    const token = (request.headers.get("authorization") ?? "").replace("Bearer ", "");
    this.asked.push({ method: request.method, path, token, body: await request.text() });
    const at = this.instead.findIndex((each) => path.startsWith(each.path));
    if (at >= 0) return (this.instead.splice(at, 1)[0] as { answer: () => Response }).answer();
    if (path === "/oauth/token") return this.refresh();
    if (!this.good.has(token)) return Response.json({ message: "Unauthenticated." }, { status: 401 });
    if (path === "/api/v1/user/oauth") return Response.json({ data: this.#user() });
    if (path === "/api/v1/centrifuge/subscribe") {
      return Response.json({ channels: [{ channel, token: `subscription-${++this.#subscriptions}` }] });
    }
    return new Response(this.#page(Number(url.searchParams.get("page"))), {
      headers: { "content-type": "application/json" },
    });
  }

  #user() {
    const name = "Tris_the_Jam_Master";
    const socket_connection_token = `socket-${++this.#sockets}`;
    return {
      id: userId,
      code: "tris_the_jam_master",
      name,
      avatar: "",
      email: "tris@example.org",
      socket_connection_token,
    };
  }

  #page(page: number): string {
    const total = this.list.length;
    const data = this.list.slice((page - 1) * 30, page * 30).join(",");
    const last = Math.max(1, Math.ceil(total / 30));
    return `{"data":[${data}],"links":{},"meta":{"current_page":${page},"from":1,"last_page":${last},"per_page":30,"to":${total},"total":${total}}}`;
  }
}

/** A login whose tokens are good there. */
export function login(tokens: Partial<Tokens> = {}) {
  const all = { access: "a1", refresh: "r1", issuedAt: 0, expiresAt: null, scopes: allScopes, ...tokens };
  return { account: "", name: "", secret: tokensText(all) };
}

/** The documented beginning, to the letter: connect and its reply. `number`: which connection of the source it is. */
export async function connected(line: Line, number = 1): Promise<void> {
  line.accept();
  const said = await line.text();
  if (said !== `{"params":{"token":"socket-${number}"},"id":1}`) throw new Error(`connect: ${said}`);
  line.say(`{"id":1,"result":{"client":"${clientId}","version":"2.2.1"}}\n`);
}

/** The same and a subscription; gives the parameters of the subscribe command. */
export async function subscribed(line: Line, number = 1, result = "{}"): Promise<Record<string, unknown>> {
  await connected(line, number);
  const { params, method, id } = JSON.parse(await line.text());
  if (method !== 1 || id !== 2) throw new Error(`subscribe: method ${method}, id ${id}`);
  line.say(`{"id":2,"result":${result}}\n`, join);
  return params;
}

/** Answers every command, pings above all, until the connection is over. */
export async function answering(line: Line, said: (command: { readonly method: number }) => void = () => undefined) {
  for (;;) {
    const text = await line.text().catch(() => undefined);
    if (text === undefined) return;
    const command = JSON.parse(text);
    said(command);
    line.say(`{"id":${command.id},"result":{"client":"${clientId}"}}\n`);
  }
}

/** The push that the documentation calls the confirmation. */
export const join = `{"result":{"type":1,"channel":"${channel}","data":{"info":{"user":"${userId}","client":"${clientId}"}}}}\n`;

/** A push with a donation, some of whose members differ from the recorded one's. */
export function push(facts: object, seq = 1): string {
  return `{"result":{"channel":"${channel}","data":{"seq":${seq},"data":${donation(facts)}}}}\n`;
}

export function donation(facts: object): string {
  return JSON.stringify({
    id: 164405432,
    name: "Donations",
    username: "Ada",
    message: "gg",
    message_type: "text",
    payin_system: null,
    amount: 22,
    currency: "USD",
    is_shown: 1,
    amount_in_user_currency: 22,
    created_at: "2025-04-12 07:15:49",
    shown_at: null,
    ...facts,
  });
}
