import type { Channel } from "../src/access/directory.ts";
import { GrantGate } from "../src/access/grant-gate.ts";
import { type Grant, type OAuthScope, oauthScopes } from "../src/access/grants.ts";
import { type DonationAlertsEndpoint, donationAlertsEndpoint } from "../src/platforms/donationalerts/delivery.ts";
import type { PayinSystem } from "../src/platforms/donationalerts/encode.ts";
import { RealtimeTokens } from "../src/platforms/donationalerts/realtime-tokens.ts";
import { DeliveryRoom, type TestClient, until } from "./delivery-room.ts";

/** One node whose realtime server is DonationAlerts', with an application that was granted everything on one channel. */
export class RealtimeRoom extends DeliveryRoom {
  readonly payinSystem: PayinSystem = "none";
  readonly authSeconds = 5;
  readonly grants = new GrantGate(this.store.grants, this.directory, this.gate, this.clock);
  readonly tokens: RealtimeTokens;
  readonly endpoint: DonationAlertsEndpoint;
  #granted = 0;

  private constructor(key: string) {
    super();
    this.tokens = new RealtimeTokens(key, () => this.clock.now());
    this.endpoint = donationAlertsEndpoint(this);
  }

  static make(): RealtimeRoom {
    return new RealtimeRoom("ab".repeat(32));
  }

  async grant(channel: Channel, scopes: readonly OAuthScope[] = oauthScopes): Promise<Grant> {
    const { account } = channel;
    const application = await this.store.applications.create({ name: "Bot", account, redirectUris: [] }, "");
    const access = { hash: `access ${++this.#granted}`, expiresAt: this.clock.now() + 3_600_000 };
    return this.store.grants.issue({ application: application.id, account, channel: channel.id, scopes }, { access });
  }

  connectionToken(grant: Grant, seconds = 0): string {
    return this.tokens.sign({ sub: String(grant.channel), grant: grant.id }, seconds);
  }

  subscriptionToken(grant: Grant, client: string, channel = `$alerts:donation_${grant.channel}`, seconds = 0): string {
    return this.tokens.sign({ client, channel, grant: grant.id }, seconds);
  }

  /** A client that has not said anything yet. */
  socket(): Promise<TestClient> {
    return this.open(this.endpoint, "/connection/websocket");
  }

  /** The same, and how often it failed to say whose it is. */
  async counted(): Promise<{ readonly client: TestClient; readonly failures: () => number }> {
    let failures = 0;
    const client = await this.open(this.endpoint, "/connection/websocket", () => failures++);
    return { client, failures: () => failures };
  }

  /** A connected client, its id read out of the reply, which is frame 0. */
  async connected(grant: Grant, seconds = 0): Promise<{ readonly client: TestClient; readonly id: string }> {
    const client = await this.socket();
    client.send(JSON.stringify({ params: { token: this.connectionToken(grant, seconds) }, id: 1 }));
    const [reply = ""] = await client.got(1);
    const { result } = JSON.parse(reply) as { result: { client: string } };
    return { client, id: result.client };
  }

  /** A client that is subscribed to the grant's donations: its reply is frame 1, its join push frame 2. */
  async subscribed(grant: Grant): Promise<{ readonly client: TestClient; readonly id: string }> {
    const { client, id } = await this.connected(grant);
    this.subscribe(client, grant, id);
    await client.got(3);
    return { client, id };
  }

  subscribe(client: TestClient, grant: Grant, id: string, params: object = {}): void {
    const channel = `$alerts:donation_${grant.channel}`;
    const token = this.subscriptionToken(grant, id);
    client.send(JSON.stringify({ params: { channel, token, ...params }, method: 1, id: 2 }));
  }

  /** The answer to a command of a client that has nothing else under way. */
  async ask(client: TestClient, command: object): Promise<string> {
    const before = client.frames.length;
    client.send(JSON.stringify(command));
    await until(() => client.frames.length > before || client.end !== undefined);
    return client.frames[before] ?? `closed ${client.end?.code} ${client.end?.reason}`;
  }

  override async close(): Promise<void> {
    this.endpoint.stop();
    this.grants.stop();
    await super.close();
  }
}
