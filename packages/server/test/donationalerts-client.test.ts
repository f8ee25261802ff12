import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { application, donate, granted, tokens } from "./donationalerts-world.ts";
import { api, type Program, type ProgramOptions, startProgram } from "./program.ts";

/**
 * `centrifuge@2.8.5`, the library by which programs follow DonationAlerts, as npm ships it: on Node, and in Chromium. It
 * shares no code with us.
 */
interface Met {
  readonly event: string;
  readonly channel?: string;
  readonly seq?: number;
  readonly data?: { readonly id: number; readonly message: string };
  readonly reason?: string;
  readonly reconnect?: boolean;
  readonly isResubscribe?: boolean;
  readonly recovered?: boolean;
  readonly client?: string;
}

const back = "https://bot.example/back";
const cleanUp: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of cleanUp.splice(0).reverse()) await end();
});

async function program(options: ProgramOptions = {}): Promise<Program> {
  const started = await startProgram(options);
  cleanUp.push(() => started.stop());
  return started;
}

/** What the client of `centrifuge-client.mjs` has met so far. */
class NodeClient {
  readonly met: Met[] = [];
  #looks: (() => void)[] = [];

  constructor(url: string, channels: Readonly<Record<string, string>>) {
    const script = join(import.meta.dir, "centrifuge-client.mjs");
    const child = Bun.spawn(["node", script, JSON.stringify({ url, channels })], { stdout: "pipe", stderr: "inherit" });
    cleanUp.push(() => {
      child.kill("SIGKILL");
      return child.exited;
    });
    void this.#read(child.stdout);
  }

  of(event: string): readonly Met[] {
    return this.met.filter((each) => each.event === event);
  }

  /** Settles once that many of an event have been met. */
  async had(event: string, count: number): Promise<readonly Met[]> {
    while (this.of(event).length < count) await new Promise<void>((resolve) => this.#looks.push(resolve));
    return this.of(event);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.met.push(JSON.parse(line) as Met);
      for (const look of this.#looks.splice(0)) look();
    }
  }
}

const messages = (met: readonly Met[]) => met.map(({ data }) => data?.message);

/** What lives in the page of a browser. */
declare const Centrifuge: new (
  url: string,
  options: object,
) => {
  setToken(token: string): void;
  subscribe(channel: string, on: (publication: object) => void): { on(event: string, call: () => void): void };
  connect(): void;
};
declare const got: Met[];

test.skipIf(chromiumPath === undefined)(
  "killed 20 times under a feed: on Node and in Chromium it recovers by itself, nothing lost, nothing twice",
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-centrifuge-"));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    let server = await startProgram({ dataDir });
    cleanUp.push(() => server.stop());
    const { port, url } = server;
    const { accessToken, userId } = await granted(server, "ana", await application(server, "Bot", back));
    const channel = `$alerts:donation_${userId}`;

    const node = new NodeClient(url, { [channel]: accessToken });
    await node.had("subscribe", 1);
    const browser = await launchChromium();
    cleanUp.push(() => browser.close());
    const site = Bun.serve({ hostname: "localhost", port: 0, fetch: () => new Response("a page of somebody else") });
    cleanUp.push(() => site.stop(true));
    const page = await browser.newPage();
    await page.goto(`http://localhost:${site.port}/`);
    await page.addScriptTag({
      path: join(import.meta.dir, "../../../node_modules/centrifuge/dist/centrifuge.min.js"),
    });
    await page.evaluate(
      async ({ url, accessToken, channel }) => {
        const headers = { authorization: `Bearer ${accessToken}` };
        const user = (await (await fetch(`${url}/api/v1/user/oauth`, { headers })).json()) as {
          data: { socket_connection_token: string };
        };
        const centrifuge = new Centrifuge(`${url.replace("http", "ws")}/connection/websocket`, {
          subscribeEndpoint: `${url}/api/v1/centrifuge/subscribe`,
          subscribeHeaders: headers,
          // It would ask for cookies to be sent along, which no address of ours that other sites may use looks at.
          disableWithCredentials: true,
          minRetry: 50,
          maxRetry: 300,
        });
        Object.assign(globalThis, { got: [] });
        centrifuge.setToken(user.data.socket_connection_token);
        const subscription = centrifuge.subscribe(channel, (publication) => got.push(publication as Met));
        const subscribed = new Promise<void>((resolve) => subscription.on("subscribe", () => resolve()));
        centrifuge.connect();
        await subscribed;
      },
      { url, accessToken, channel },
    );

    // Posts under an external id until it is acknowledged: what was stored before a kill is not stored again.
    let posted = 0;
    let killing = true;
    const feed = async () => {
      while (killing || posted % 100 !== 0) {
        const externalId = String(++posted);
        for (let stored = false; !stored; ) {
          stored = await donate(server, "ana", { externalId, message: externalId }).then(
            () => true,
            () => false,
          );
          if (!stored) await Bun.sleep(5);
        }
      }
    };
    const feeding = feed();
    for (let kill = 0; kill < 20; kill++) {
      const before = node.of("subscribe").length;
      await node.had("publish", node.of("publish").length + 5);
      await server.kill();
      server = await startProgram({ dataDir, port });
      await node.had("subscribe", before + 1);
    }
    killing = false;
    await feeding;
    const wanted = Array.from({ length: posted }, (_, i) => String(i + 1));
    await node.had("publish", posted);
    await page.waitForFunction((count) => got.length >= count, posted);
    await Bun.sleep(200);
    expect(messages(node.of("publish"))).toEqual(wanted);
    expect(messages(await page.evaluate(() => got))).toEqual(wanted);
    const again = node.of("subscribe").slice(1);
    expect(again.length).toBeGreaterThanOrEqual(20);
    expect(again.every(({ isResubscribe, recovered }) => isResubscribe === true && recovered === true)).toBe(true);
  },
  60_000,
);

describe("on Node", () => {
  test("connects, subscribes, sees its own join, then each donation with its seq", async () => {
    const server = await program();
    const { accessToken, userId } = await granted(server, "ana", await application(server, "Bot", back));
    const channel = `$alerts:donation_${userId}`;
    const node = new NodeClient(server.url, { [channel]: accessToken });
    await node.had("join", 1);
    expect(node.met.map(({ event }) => event)).toEqual(["ask", "connect", "subscribe", "join"]);
    expect(node.of("join")[0]?.client).toBe(node.of("connect")[0]?.client as string);
    await donate(server, "ana", { message: "one" });
    await donate(server, "ana", { message: "two" });
    expect(messages(await node.had("publish", 2))).toEqual(["one", "two"]);
    expect(node.of("publish").map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("tokens that expire: connection and subscription are refreshed, and nothing is interrupted", async () => {
    const server = await program({ args: ["--connection-token-seconds", "1", "--subscription-token-seconds", "1"] });
    const { accessToken, userId } = await granted(server, "ana", await application(server, "Bot", back));
    const node = new NodeClient(server.url, { [`$alerts:donation_${userId}`]: accessToken });
    await node.had("refresh", 2);
    await node.had("ask", 3);
    await donate(server, "ana", { message: "still here" });
    await node.had("publish", 1);
    expect(node.of("disconnect")).toEqual([]);
    expect(node.of("subscribe")).toHaveLength(1);
  });

  test("one of two creators takes their leave back: an unsubscribe push, and the other one's donations go on", async () => {
    const server = await program();
    const bot = await application(server, "Bot", back);
    const [ana, bo] = [await granted(server, "ana", bot), await granted(server, "bo", bot)];
    const [anas, bos] = [`$alerts:donation_${ana.userId}`, `$alerts:donation_${bo.userId}`];
    const node = new NodeClient(server.url, { [anas]: ana.accessToken, [bos]: bo.accessToken });
    await node.had("subscribe", 2);
    const { grants } = await api<{ grants: { id: string }[] }>(server, "GET", "/channels/bo/grants");
    await api(server, "DELETE", `/channels/bo/grants/${grants[0]?.id}`);
    const [left] = await node.had("unsubscribe", 1);
    expect(left?.channel).toBe(bos);
    await donate(server, "bo");
    await donate(server, "ana", { message: "hers" });
    expect(messages(await node.had("publish", 1))).toEqual(["hers"]);
    expect(node.of("disconnect")).toEqual([]);
  });

  test("revoked: disconnected for good within two seconds", async () => {
    const server = await program();
    const { accessToken, userId } = await granted(server, "ana", await application(server, "Bot", back));
    const node = new NodeClient(server.url, { [`$alerts:donation_${userId}`]: accessToken });
    await node.had("subscribe", 1);
    const { grants } = await api<{ grants: { id: string }[] }>(server, "GET", "/channels/ana/grants");
    const began = performance.now();
    await api(server, "DELETE", `/channels/ana/grants/${grants[0]?.id}`);
    expect(await node.had("disconnect", 1)).toEqual([
      { event: "disconnect", reason: "force disconnect", reconnect: false },
    ]);
    expect(performance.now() - began).toBeLessThan(2000);
    await Bun.sleep(500);
    expect(node.of("connect")).toHaveLength(1);
  });

  test("the server stops: it is told to come back, does, and has missed nothing", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-centrifuge-"));
    cleanUp.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const first = await startProgram({ dataDir });
    const { accessToken, userId } = await granted(first, "ana", await application(first, "Bot", back));
    const node = new NodeClient(first.url, { [`$alerts:donation_${userId}`]: accessToken });
    await node.had("subscribe", 1);
    await first.stop();
    expect(await node.had("disconnect", 1)).toEqual([{ event: "disconnect", reason: "shutdown", reconnect: true }]);
    const second = await program({ dataDir, port: first.port });
    await donate(second, "ana", { message: "after" });
    expect(messages(await node.had("publish", 1))).toEqual(["after"]);
    expect((await node.had("subscribe", 2))[1]).toMatchObject({ isResubscribe: true, recovered: true });
  });

  test("a channel that the grant does not cover: an error for that one alone", async () => {
    const server = await program();
    const bot = await application(server, "Bot", back);
    const { accessToken, userId } = await granted(server, "ana", bot);
    const weak = await tokens(server, "ana", bot, ["oauth-user-show"]);
    const [donations, polls] = [`$alerts:donation_${userId}`, `$polls:poll_${userId}`];
    const node = new NodeClient(server.url, { [donations]: accessToken, [polls]: weak.accessToken });
    await node.had("subscribe", 1);
    const [refused] = await node.had("error", 1);
    expect(refused).toMatchObject({ channel: polls, message: "permission denied" });
  });
});
