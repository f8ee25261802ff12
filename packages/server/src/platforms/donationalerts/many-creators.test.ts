import { expect, test } from "bun:test";
import { endings } from "../../../test/endings.ts";
import { Random } from "../../../test/random.ts";
import { donation, login } from "../../../test/recorded-donationalerts.ts";
import { VirtualClock } from "../../../test/virtual-clock.ts";
import { newSecretKey, openVault } from "../../access/vault.ts";
import { type Socket, type SocketEvents, socketPair } from "../../core/socket.ts";
import { memoryDoorbell } from "../../doorbell/memory.ts";
import { secretOf } from "../../intake/connections.ts";
import type { Dial } from "../../intake/dial.ts";
import { Ingest } from "../../intake/ingest.ts";
import { Supervisor } from "../../intake/supervisor.ts";
import { NodeSession } from "../../log/node-session.ts";
import { openSqliteStore } from "../../store/sqlite/open.ts";
import { OAuthClient } from "./oauth-client.ts";
import { donationAlertsSource } from "./source.ts";

const creators = 50;
const perMinute = 60;
const ended = endings();

/** DonationAlerts for many creators in virtual time; the access token of creator 7 is "a7". */
class Platform {
  /** When each request came, milliseconds. */
  readonly requests: number[] = [];
  /** The ids in each creator's list, newest first. */
  readonly lists = new Map<number, number[]>();
  readonly #clock: VirtualClock;
  #sockets = new Set<Socket>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly fetch = (async (input: string | URL | Request, init?: RequestInit) => {
    this.requests.push(this.#clock.now());
    const { pathname, searchParams } = new URL(String(input));
    const creator = Number(/a(\d+)/.exec(new Headers(init?.headers).get("authorization") ?? "")?.[1]);
    if (pathname.endsWith("/user/oauth")) {
      return Response.json({
        data: { id: creator, name: `creator ${creator}`, socket_connection_token: `s${creator}` },
      });
    }
    if (pathname.endsWith("/centrifuge/subscribe")) {
      const [channel] = JSON.parse(String(init?.body)).channels;
      return Response.json({ channels: [{ channel, token: "t" }] });
    }
    const ids = this.lists.get(creator) ?? [];
    const page = Number(searchParams.get("page"));
    const data = ids.slice((page - 1) * 30, page * 30).map((id) => JSON.parse(donation({ id })));
    const last_page = Math.max(1, Math.ceil(ids.length / 30));
    return Response.json({ data, meta: { last_page, per_page: 30, total: ids.length } });
  }) as typeof fetch;

  readonly dial: Dial = async (_, serve, { signal }) => {
    const [ours, theirs] = socketPair();
    const answer = (text: string) => {
      const { id, method = 0 } = JSON.parse(text);
      theirs.send([`{"id":${id},"result":${method === 0 ? '{"client":"c"}' : "{}"}}`]);
    };
    const nothing = () => undefined;
    const events: SocketEvents = {
      text: answer,
      drain: nothing,
      stalled: nothing,
      shutdown: nothing,
      closed: () => this.#sockets.delete(theirs),
    };
    theirs.events = events;
    this.#sockets.add(theirs);
    ours.events = serve(ours);
    signal.addEventListener("abort", () => ours.close(1000, ""));
    return { status: "open" };
  };

  closeAll(): void {
    for (const socket of [...this.#sockets]) socket.close(3001, '{"reason":"shutdown","reconnect":true}');
  }

  /** The most requests that any minute held. */
  busiestMinute(): number {
    return Math.max(
      ...this.requests.map((from, i) => this.requests.slice(i).filter((at) => at < from + 60_000).length),
    );
  }
}

/** Fifty creators on one application, their sources on two nodes over one store. */
async function world() {
  const clock = new VirtualClock();
  const platform = new Platform(clock);
  const doorbell = memoryDoorbell();
  const store = openSqliteStore(":memory:", { clock, ring: doorbell.ring });
  ended.push(() => store.close());
  const vault = openVault({ setting: newSecretKey(), kept: undefined });
  const account = await store.directory.createAccount("admin", true);
  if (account === "name-taken") throw new Error("taken");
  const connect = async (creator: number) => {
    platform.lists.set(
      creator,
      [3, 2, 1].map((id) => creator * 1000 + id),
    );
    const channel = await store.directory.createChannel(`c${creator}`, account.id, {
      title: "",
      kickUsername: "",
      url: "",
    });
    if (channel === "name-taken") throw new Error("taken");
    const wish = { channel: channel.id, platform: "donationalerts", account: "", name: "" } as const;
    const secret = (id: number) => vault.seal(login({ access: `a${creator}` }).secret, secretOf(id));
    await store.connections.create(wish, secret);
    return channel.id;
  };
  const random = new Random(7);
  /** A node that finds only its own half of the connections free, as if the other node had been quicker with the rest. */
  const node = (name: string, half: 0 | 1) => {
    const glance = async () => {
      const { version, free } = await store.connections.glance();
      return { version, free: free.filter((id) => id % 2 === half) };
    };
    const application = {
      clientId: "7",
      clientSecret: "secret",
      scopes: [],
      authorizationUrl: "https://da.example/oauth/authorize",
      tokenUrl: "https://da.example/oauth/token",
      apiUrl: "https://da.example/api/v1",
      realtimeUrl: "wss://da.example/connection/websocket",
    };
    const { fetch, dial } = platform;
    const reserve = () => store.budgets.reserve("donationalerts:7", perMinute, clock.now());
    const donationalerts = donationAlertsSource({
      oauth: new OAuthClient(application, { fetch, clock }),
      fetch,
      dial,
      clock,
      reserve,
    });
    const session = new NodeSession({ sessions: store.nodeSessions, clock, name, monotonic: () => clock.now() });
    const supervisor = new Supervisor({
      connections: { ...store.connections, glance },
      ingest: new Ingest(store.log, store.quarantine),
      vault,
      clock,
      random: () => random.between(0, 999) / 1000,
      node: session,
      doorbell,
      note: () => undefined,
      factories: { donationalerts },
      tally: { quarantined: () => undefined, reconciled: () => undefined },
    });
    ended.push(() => Promise.all([supervisor.stop(), clock.pass(10_000)]).then(() => session.stop()));
    return supervisor;
  };
  return { clock, platform, store, connect, node };
}

test(`${creators} creators on one application, on two nodes: 60 requests a minute, and every one is reconciled`, async () => {
  const { clock, platform, store, connect, node } = await world();
  const channels: number[] = [];
  for (let creator = 1; creator <= creators; creator++) channels.push(await connect(creator));
  const nodes = [node("one", 0), node("two", 1)];
  const states = async () => (await store.connections.list()).map(({ state }) => state);
  const passUntil = async (fact: () => Promise<boolean>, minutes: number) => {
    for (let passed = 0; passed < minutes * 60; passed += 5) {
      if (await fact()) return;
      await clock.pass(5000);
    }
    throw new Error(`not within ${minutes} minutes`);
  };
  const comparedSince = (time: number) => async () =>
    (await states()).every((state) => state?.status === "live" && (state.reconciled?.at ?? 0) > time);
  const arrivals = async (channel: number) =>
    (await store.log.read(channel, 0, 100)).map(
      ({ event, arrival }) => `${Number(event.externalId) % 1000} ${arrival}`,
    );

  await passUntil(comparedSince(0), 10);
  await passUntil(async () => (await Promise.all(channels.map(arrivals))).every(({ length }) => length >= 3), 10);
  expect(nodes.map((each) => each.running().length)).toEqual([creators / 2, creators / 2]);
  for (const channel of channels) expect(await arrivals(channel)).toEqual(["1 import", "2 import", "3 import"]);

  // All are cut off at once, and each one's donation comes meanwhile.
  const cut = clock.now();
  for (const [creator, ids] of platform.lists) ids.unshift(creator * 1000 + 4);
  platform.closeAll();
  await passUntil(comparedSince(cut), 10);
  for (const channel of channels) expect((await arrivals(channel)).slice(3)).toEqual(["4 late"]);
  const all = await states();
  expect(all.map((state) => state?.reconciled?.missing)).toEqual(all.map(() => 0));

  // And while nothing happens, each is compared again and again.
  const quiet = clock.now();
  await clock.pass(300_000);
  expect(await comparedSince(quiet)()).toBe(true);
  expect(platform.busiestMinute()).toBeLessThanOrEqual(perMinute);
  expect(platform.requests.length).toBeGreaterThan(creators * 8);
}, 60_000);
