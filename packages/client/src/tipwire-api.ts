import { channelAddress, serverAddress } from "./address.ts";
import type {
  AccountInfo,
  ApplicationInfo,
  ApplicationTokens,
  ChannelChange,
  ChannelDetails,
  ChannelInfo,
  ConnectionInfo,
  ConnectionQuarantine,
  CreatedApplication,
  CreatedChannel,
  CreatedKey,
  GrantInfo,
  ImportChunk,
  ImportResult,
  KeyInfo,
  MemberInfo,
  NewApplication,
  NewChannel,
  NewConnectionInfo,
  NewKey,
  RereadResult,
  RotatedToken,
  ServerInfo,
  SignInLink,
  WhoAmI,
} from "./api.ts";
import { backoff } from "./backoff.ts";
import { systemClock } from "./clock.ts";
import { answerError, TipwireError, unreachable } from "./error.ts";
import type { MediaInfo, MediaListInfo } from "./media-api.ts";
import type {
  AuditInfo,
  NewOverlay,
  OverlayInfo,
  ReceiptInfo,
  StageControl,
  StageDetails,
  StageInfo,
  StageKeyInfo,
  StageSettingsChange,
  StageSettingsInfo,
} from "./stage-api.ts";
import type { StageSettings } from "./stage-settings.ts";
import { type Fetch, withQuery } from "./transport.ts";
import type { NewEvent, Page, Stored } from "./wire.ts";

export interface TipwireApiOptions {
  /** Where Tipwire is: "http://localhost:8000". */
  readonly url: string;
  /** An API key; for `page` and `whoAmI` a stream token will do. */
  readonly key: string;
  /** Ends what is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly fetch?: Fetch | undefined;
}

export interface PageQuery {
  /** A cursor, `oldest` or `head`; without it from the oldest on. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  /** Seconds, at most 30, to wait for the next event where there is none yet. */
  readonly wait?: number | undefined;
}

export interface Identified {
  /** The same key is the same request: it takes effect once however often it is sent. */
  readonly idempotencyKey?: string | undefined;
}

interface Question {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  /** A file, as the body. */
  readonly file?: Uint8Array<ArrayBuffer>;
  readonly idempotencyKey?: string | undefined;
  /** Sending it twice does no harm. */
  readonly repeatable?: boolean;
  /** Milliseconds on top of the usual patience. */
  readonly longer?: number | undefined;
}

/** Milliseconds that an answer may take. */
const patience = 30_000;
/** More of it for an upload. */
const uploadPatience = 300_000;
const tries = 4;

/** The addresses under `/v1`. Whatever the server refuses, and a server that cannot be reached, throws a `TipwireError`. */
export class TipwireApi {
  readonly #options: TipwireApiOptions;

  constructor(options: TipwireApiOptions) {
    this.#options = options;
  }

  whoAmI(): Promise<WhoAmI> {
    return this.#ask(this.#at("/me"));
  }

  info(): Promise<ServerInfo> {
    return this.#ask(this.#at("/server"));
  }

  /** Stores an event. With an `externalId` or an `idempotencyKey` it is tried again when the connection breaks. */
  send(slug: string, event: NewEvent, { idempotencyKey }: Identified = {}): Promise<Stored> {
    const repeatable = event.externalId !== undefined || idempotencyKey !== undefined;
    return this.#ask(this.#channel(slug, "/events"), { method: "POST", body: event, idempotencyKey, repeatable });
  }

  /** Shows an event again; it is not counted again. */
  replay(slug: string, id: string, { idempotencyKey }: Identified = {}): Promise<Stored> {
    const address = this.#channel(slug, `/events/${encodeURIComponent(id)}/replay`);
    return this.#ask(address, { method: "POST", idempotencyKey, repeatable: idempotencyKey !== undefined });
  }

  page(slug: string, { after, limit, wait }: PageQuery = {}): Promise<Page> {
    const address = withQuery(this.#channel(slug, "/events"), { after, limit, wait });
    return this.#ask(address, { longer: (wait ?? 0) * 1000 });
  }

  importChunk(slug: string, chunk: ImportChunk): Promise<ImportResult> {
    return this.#ask(this.#channel(slug, "/import"), { method: "POST", body: chunk, longer: patience });
  }

  async accounts(): Promise<readonly AccountInfo[]> {
    return (await this.#ask<{ accounts: AccountInfo[] }>(this.#at("/accounts"))).accounts;
  }

  createAccount(name: string): Promise<AccountInfo> {
    return this.#ask(this.#at("/accounts"), { method: "POST", body: { name } });
  }

  async channels(): Promise<readonly ChannelInfo[]> {
    return (await this.#ask<{ channels: ChannelInfo[] }>(this.#at("/channels"))).channels;
  }

  channel(slug: string): Promise<ChannelDetails> {
    return this.#ask(this.#channel(slug));
  }

  createChannel(channel: NewChannel): Promise<CreatedChannel> {
    return this.#ask(this.#at("/channels"), { method: "POST", body: channel });
  }

  setChannel(slug: string, change: ChannelChange): Promise<ChannelInfo> {
    return this.#ask(this.#channel(slug), { method: "PATCH", body: change });
  }

  async members(slug: string): Promise<readonly MemberInfo[]> {
    return (await this.#ask<{ members: MemberInfo[] }>(this.#channel(slug, "/members"))).members;
  }

  async setMember(slug: string, account: string, role: MemberInfo["role"]): Promise<void> {
    await this.#ask(this.#channel(slug, `/members/${encodeURIComponent(account)}`), { method: "PUT", body: { role } });
  }

  async removeMember(slug: string, account: string): Promise<void> {
    await this.#ask(this.#channel(slug, `/members/${encodeURIComponent(account)}`), { method: "DELETE" });
  }

  /** A new stream token; the earlier one works for another `graceSeconds`. */
  rotateToken(slug: string, grace: { readonly graceSeconds?: number } = {}): Promise<RotatedToken> {
    return this.#ask(this.#channel(slug, "/token"), { method: "POST", body: grace });
  }

  async applications(): Promise<readonly ApplicationInfo[]> {
    return (await this.#ask<{ applications: ApplicationInfo[] }>(this.#at("/applications"))).applications;
  }

  createApplication(application: NewApplication): Promise<CreatedApplication> {
    return this.#ask(this.#at("/applications"), { method: "POST", body: application });
  }

  /** Lets an application into a channel without its owner's consent page: for development, and for programs of one's own. */
  issueTokens(clientId: string, channel: string): Promise<ApplicationTokens> {
    const address = this.#at(`/applications/${encodeURIComponent(clientId)}/tokens`);
    return this.#ask(address, { method: "POST", body: { channel } });
  }

  /** What applications may do in the channel, newest first. */
  async grants(slug: string): Promise<readonly GrantInfo[]> {
    return (await this.#ask<{ grants: GrantInfo[] }>(this.#channel(slug, "/grants"))).grants;
  }

  /** Its tokens work no more, and its sockets are closed within two seconds. */
  revokeGrant(slug: string, id: string): Promise<GrantInfo> {
    return this.#ask(this.#channel(slug, `/grants/${encodeURIComponent(id)}`), { method: "DELETE" });
  }

  /** Of one channel, or of all that the key administers. */
  async connections(channel?: string): Promise<readonly ConnectionInfo[]> {
    const address = withQuery(this.#at("/connections"), { channel });
    return (await this.#ask<{ connections: ConnectionInfo[] }>(address)).connections;
  }

  connection(id: string): Promise<ConnectionInfo> {
    return this.#ask(this.#connection(id));
  }

  /** The key of an account that is connected already takes the place of its earlier one. */
  addConnection(connection: NewConnectionInfo): Promise<ConnectionInfo> {
    return this.#ask(this.#at("/connections"), { method: "POST", body: connection });
  }

  /** Now, whatever it waits for; with another key, if one is given. */
  startConnection(id: string, access: Pick<NewConnectionInfo, "key" | "page"> = {}): Promise<ConnectionInfo> {
    return this.#ask(this.#connection(id, "/start"), { method: "POST", body: access });
  }

  stopConnection(id: string): Promise<ConnectionInfo> {
    return this.#ask(this.#connection(id, "/stop"), { method: "POST" });
  }

  /** Its stored key goes with it; the events stay. Refused while there is something in its quarantine. */
  removeConnection(id: string): Promise<ConnectionInfo> {
    return this.#ask(this.#connection(id), { method: "DELETE" });
  }

  /** What could not be read, after the text with the id `after`. */
  quarantine(id: string, after?: string): Promise<ConnectionQuarantine> {
    return this.#ask(withQuery(this.#connection(id, "/quarantine"), { after }));
  }

  /** Reads everything again that is in quarantine; what is an event now goes into the log as late. */
  reread(id: string): Promise<RereadResult> {
    return this.#ask(this.#connection(id, "/reread"), { method: "POST", longer: patience });
  }

  /** Throws one text away, or all. */
  discard(id: string, text?: string): Promise<{ readonly discarded: number }> {
    const path = text === undefined ? "/quarantine" : `/quarantine/${encodeURIComponent(text)}`;
    return this.#ask(this.#connection(id, path), { method: "DELETE" });
  }

  /** Signs in whoever opens it as the channel's owner. */
  signInLink(slug: string): Promise<SignInLink> {
    return this.#ask(this.#channel(slug, "/login"), { method: "POST" });
  }

  async keys(): Promise<readonly KeyInfo[]> {
    return (await this.#ask<{ keys: KeyInfo[] }>(this.#at("/keys"))).keys;
  }

  createKey(key: NewKey): Promise<CreatedKey> {
    return this.#ask(this.#at("/keys"), { method: "POST", body: key });
  }

  async revokeKey(id: string): Promise<void> {
    await this.#ask(this.#at(`/keys/${encodeURIComponent(id)}`), { method: "DELETE" });
  }

  async overlays(slug: string): Promise<readonly OverlayInfo[]> {
    return (await this.#ask<{ overlays: OverlayInfo[] }>(this.#channel(slug, "/overlays"))).overlays;
  }

  /** A screen, and the link that opens it in OBS. The channel's first one makes its stage. */
  createOverlay(slug: string, overlay: NewOverlay = {}): Promise<OverlayInfo> {
    return this.#ask(this.#channel(slug, "/overlays"), { method: "POST", body: overlay });
  }

  /** Another link; the earlier one works for another `graceSeconds`. */
  rotateOverlay(slug: string, id: string, grace: { readonly graceSeconds?: number } = {}): Promise<OverlayInfo> {
    const address = this.#channel(slug, `/overlays/${encodeURIComponent(id)}/rotate`);
    return this.#ask(address, { method: "POST", body: grace });
  }

  removeOverlay(slug: string, id: string): Promise<OverlayInfo> {
    return this.#ask(this.#channel(slug, `/overlays/${encodeURIComponent(id)}`), { method: "DELETE" });
  }

  async stages(slug: string): Promise<readonly StageInfo[]> {
    return (await this.#ask<{ stages: StageInfo[] }>(this.#channel(slug, "/stages"))).stages;
  }

  stage(slug: string, name = "main"): Promise<StageDetails> {
    return this.#ask(this.#stage(slug, name));
  }

  controlStage(slug: string, control: StageControl, name = "main"): Promise<StageInfo> {
    return this.#ask(this.#stage(slug, name, "/control"), { method: "POST", body: control });
  }

  stageSettings(slug: string, name = "main"): Promise<StageSettingsInfo> {
    return this.#ask(this.#stage(slug, name, "/settings"));
  }

  /** Changes the draft; nothing of it is on stream before `publishSettings`. */
  async changeSettings(slug: string, change: StageSettingsChange, name = "main"): Promise<StageSettings> {
    const address = this.#stage(slug, name, "/settings");
    return (await this.#ask<{ draft: StageSettings }>(address, { method: "PATCH", body: change })).draft;
  }

  /** Puts the draft on stream, from the next alert on. Answers its version. */
  async publishSettings(slug: string, name = "main"): Promise<number> {
    const address = this.#stage(slug, name, "/settings/publish");
    return (await this.#ask<{ version: number }>(address, { method: "POST" })).version;
  }

  async stageKeys(slug: string, name = "main"): Promise<readonly StageKeyInfo[]> {
    return (await this.#ask<{ keys: StageKeyInfo[] }>(this.#stage(slug, name, "/keys"))).keys;
  }

  /** With an `action` an address that does it when it is opened; without one a key for every control. */
  createStageKey(
    slug: string,
    key: { readonly name?: string; readonly action?: string },
    name = "main",
  ): Promise<StageKeyInfo> {
    return this.#ask(this.#stage(slug, name, "/keys"), { method: "POST", body: key });
  }

  /** It works no more, at once. */
  revokeStageKey(slug: string, id: string, name = "main"): Promise<StageKeyInfo> {
    return this.#ask(this.#stage(slug, name, `/keys/${encodeURIComponent(id)}`), { method: "DELETE" });
  }

  /** With its screens, links and keys, for good; what is open on it is skipped, the receipts stay. Answers what it was. */
  removeStage(slug: string, name: string): Promise<StageInfo> {
    return this.#ask(this.#stage(slug, name), { method: "DELETE" });
  }

  /** The channel's own pictures, videos and sounds. */
  media(slug: string): Promise<MediaListInfo> {
    return this.#ask(this.#channel(slug, "/media"));
  }

  /** Uploads a picture, video or sound. What is there already is not stored again. */
  addMedia(slug: string, name: string, file: Uint8Array<ArrayBuffer>): Promise<MediaInfo> {
    const address = withQuery(this.#channel(slug, "/media"), { name });
    return this.#ask(address, { method: "POST", file, repeatable: true, longer: uploadPatience });
  }

  /** Refused while a stage shows or plays it. */
  removeMedia(slug: string, id: string): Promise<MediaInfo> {
    return this.#ask(this.#channel(slug, `/media/${encodeURIComponent(id)}`), { method: "DELETE" });
  }

  /** What became of an event, step by step. */
  async receipts(slug: string, id: string): Promise<readonly ReceiptInfo[]> {
    const address = this.#channel(slug, `/events/${encodeURIComponent(id)}/receipts`);
    return (await this.#ask<{ receipts: ReceiptInfo[] }>(address)).receipts;
  }

  /** Who did what to the channel's stages, newest first. */
  async audit(slug: string): Promise<readonly AuditInfo[]> {
    return (await this.#ask<{ audit: AuditInfo[] }>(this.#channel(slug, "/audit"))).audit;
  }

  #stage(slug: string, name: string, path = ""): string {
    return this.#channel(slug, `/stages/${encodeURIComponent(name)}${path}`);
  }

  #at(path: string): string {
    return `${serverAddress(this.#options.url)}/v1${path}`;
  }

  #connection(id: string, path = ""): string {
    return this.#at(`/connections/${encodeURIComponent(id)}${path}`);
  }

  #channel(slug: string, path = ""): string {
    return channelAddress(this.#options.url, slug) + path;
  }

  async #ask<Answer>(address: string, question: Question = {}): Promise<Answer> {
    const waits = backoff(250, 2000, Math.random);
    for (let left = question.repeatable ? tries : 1; ; ) {
      try {
        return await this.#once<Answer>(address, question);
      } catch (fault) {
        const worthwhile = fault instanceof TipwireError && (fault.status === 0 || fault.status === 503);
        if (!worthwhile || --left === 0 || this.#options.signal?.aborted) throw fault;
        await new Promise<void>((resolve) => systemClock.after(waits.next(), resolve));
      }
    }
  }

  async #once<Answer>(address: string, question: Question): Promise<Answer> {
    const response = await this.#fetch(address, question);
    if (!response.ok) throw await answerError(response);
    const text = await response.text().catch((fault: unknown) => {
      throw unreachable(address, fault);
    });
    try {
      return (text === "" ? undefined : JSON.parse(text)) as Answer;
    } catch (fault) {
      const message = `Something that is not Tipwire answered at ${address}`;
      throw new TipwireError({ code: "unexpected_answer", message, status: response.status }, { cause: fault });
    }
  }

  async #fetch(
    address: string,
    { method = "GET", body, file, idempotencyKey, longer = 0 }: Question,
  ): Promise<Response> {
    const { key, signal } = this.#options;
    const bare = this.#options.fetch ?? fetch;
    const headers: Record<string, string> = { accept: "application/json", authorization: `Bearer ${key}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (file !== undefined) headers["content-type"] = "application/octet-stream";
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const signals = [AbortSignal.timeout(patience + longer), ...(signal ? [signal] : [])];
    const init: RequestInit = { method, headers, signal: AbortSignal.any(signals), redirect: "error" };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (file !== undefined) init.body = file;
    try {
      return await bare(address, init);
    } catch (fault) {
      throw unreachable(address, fault);
    }
  }
}
