import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { endings } from "../../test/endings.ts";
import type { Grant, NewCode, NewTokens } from "../access/grants.ts";
import { newStreamToken, sha256 } from "../access/secrets.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { type EventFacts, streamEvent } from "../core/event.ts";
import { moneyOf } from "../core/money.ts";
import { donationsProjection } from "../ledger/donations.ts";
import { ledgerProjection } from "../ledger/ledger.ts";
import type { Ring } from "../log/doorbell.ts";
import type { EventLog, NewEvent } from "../log/event-log.ts";
import { advanceProjection, type Checkpoints } from "../log/projection.ts";
import { cursorAt, resolveCursor } from "../log/resume.ts";

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

function suite(create: () => Promise<TestDatabase>): void {
  const ends = endings();

  /** A node with a channel, and what it rang. */
  async function node(options: { readonly database?: TestDatabase; readonly clock?: Clock } = {}) {
    const database = options.database ?? (await create());
    const rings: string[] = [];
    const ring: Ring = (topic, version) => rings.push(`${topic}@${version}`);
    const store = await database.open(ring, options.clock ?? systemClock);
    if (options.database === undefined) ends.push(() => database.drop());
    ends.push(() => store.close());
    return { database, store, rings };
  }

  async function withChannel(clock?: Clock) {
    const made = await node(clock === undefined ? {} : { clock });
    const account = await made.store.directory.createAccount("ann", false);
    if (account === "name-taken") throw new Error("taken");
    const settings = { title: "Ann", kickUsername: "", url: "" };
    const channel = await made.store.directory.createChannel("ann", account.id, settings);
    if (channel === "name-taken") throw new Error("taken");
    const append = (facts: Partial<EventFacts> = {}, entry: Partial<NewEvent> = {}) =>
      made.store.log.append({ channel: channel.id, event: donation(facts), arrival: "live", ...entry });
    return { ...made, account, channel, append, log: made.store.log, directory: made.store.directory };
  }

  describe("log", () => {
    test("offsets are dense from 1, and reading order is the order of appends", async () => {
      const { log, channel, append } = await withChannel();
      for (let i = 1; i <= 5; i++) expect((await append({ externalId: `x${i}` })).record.offset).toBe(i);
      const all = await log.read(channel.id, 0, 500);
      expect(all.map((record) => record.event.externalId)).toEqual(["x1", "x2", "x3", "x4", "x5"]);
      expect((await log.read(channel.id, 2, 2)).map(({ offset }) => offset)).toEqual([3, 4]);
      expect(await log.read(channel.id, 5, 10)).toEqual([]);
    });

    test("what is read is what was appended, to the letter", async () => {
      const { log, channel, append } = await withChannel();
      const event = donation({ name: "Имя \u0000 \ud83d\ude00", message: 'a\n\n"b" ﷽\ud800', tier: "Gold" });
      const { record } = await append(event, { raw: '{"raw": 5.00}' });
      const [read] = await log.read(channel.id, 0, 1);
      expect(read?.event).toEqual(event);
      expect(read).toEqual(record);
      expect(await log.raw(channel.id, 1)).toBe('{"raw": 5.00}');
      expect(await log.find(channel.id, record.id)).toEqual(record);
      expect(await log.lookup(channel.id, event.origin, event.externalId)).toEqual(record);
      expect(await log.find(channel.id, `${record.id.slice(0, 3)}zz${record.id.slice(5)}`)).toBeUndefined();
    });

    test("every node knows the log by the same epoch and history", async () => {
      const { database, log } = await withChannel();
      const { store: second } = await node({ database });
      expect(log.epoch).toMatch(/^[a-z0-9]{8}$/);
      expect(log.history).toStartWith(log.epoch);
      expect([second.log.epoch, second.log.history]).toEqual([log.epoch, log.history]);
    });

    test("a second append of the same identity returns the first one's record and adds nothing", async () => {
      const { log, channel, append } = await withChannel();
      const first = await append({ externalId: "x", message: "first" });
      const again = await append({ externalId: "x", message: "second" });
      expect(first.status).toBe("appended");
      expect(again).toEqual({ status: "duplicate", record: first.record });
      expect((await log.heads([channel.id])).get(channel.id)).toBe(1);
    });

    test("the same external id of another origin, or in another channel, is another event", async () => {
      const { directory, account, append, log } = await withChannel();
      const settings = { title: "B", kickUsername: "", url: "" };
      const other = await directory.createChannel("b", account.id, settings);
      if (other === "name-taken") throw new Error("taken");
      await append({ externalId: "x" });
      expect((await append({ externalId: "x", origin: "elsewhere:1" })).record.offset).toBe(2);
      expect((await append({ externalId: "x" }, { channel: other.id })).record.offset).toBe(1);
      expect(Object.fromEntries(await log.heads([other.id, 1, 99]))).toEqual({ [other.id]: 1, 1: 2, 99: 0 });
    });

    test("appends that wait together: duplicates among them meet, one that fails takes nobody along", async () => {
      const { append, log, channel, rings } = await withChannel();
      rings.length = 0;
      const outcomes = await Promise.allSettled([
        append({ externalId: "a" }),
        append({ externalId: "a" }),
        append({ externalId: "b" }, { channel: 4711 }),
        append({ externalId: "c" }),
      ]);
      expect(outcomes.map((o) => (o.status === "fulfilled" ? o.value.status : "failed"))).toEqual([
        "appended",
        "duplicate",
        "failed",
        "appended",
      ]);
      expect((await log.read(channel.id, 0, 10)).map(({ event }) => event.externalId)).toEqual(["a", "c"]);
      expect(rings).toEqual(["log:1@2"]);
    });

    test("two nodes that append the same and other events at once: one log, no hole, each once", async () => {
      const { database, append, log, channel } = await withChannel();
      const { store: second } = await node({ database });
      const work: Promise<unknown>[] = [];
      for (let i = 0; i < 200; i++) {
        const event = donation({ externalId: `x${i % 120}` });
        work.push(append(event), second.log.append({ channel: channel.id, event, arrival: "live" }));
        if (i % 7 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await Promise.all(work);
      const all = await second.log.read(channel.id, 0, 500);
      expect(all.map(({ offset }) => offset)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
      expect(new Set(all.map(({ event }) => event.externalId)).size).toBe(120);
      expect(new Set(all.map(({ number }) => number)).size).toBe(120);
      expect(await log.read(channel.id, 0, 500)).toEqual(all);
    });

    test("an append is acknowledged only when another connection can read it", async () => {
      const { database, append, channel } = await withChannel();
      const { store: second } = await node({ database });
      for (let i = 0; i < 50; i++) {
        const { record } = await append({ externalId: `x${i}` });
        expect(await second.log.find(channel.id, record.id)).toEqual(record);
      }
    });

    test("a replay is a new record of the same event; the same key replays once", async () => {
      const { log, append, channel } = await withChannel();
      const { record } = await append({ externalId: "x", message: "hi" });
      const first = await log.replay({ channel: channel.id, id: record.id, key: "k1", arrival: "live" });
      const same = await log.replay({ channel: channel.id, id: record.id, key: "k1", arrival: "live" });
      const ofReplay = await log.replay({
        channel: channel.id,
        id: first?.record.id ?? "",
        key: "k2",
        arrival: "live",
      });
      expect(first?.status).toBe("appended");
      expect(first?.record).toMatchObject({ kind: "replay", offset: 2, replayOf: record.id, body: record.body });
      expect(first?.record.id).not.toBe(record.id);
      expect(same).toEqual({ status: "duplicate", record: first?.record as never });
      expect(ofReplay?.record).toMatchObject({ kind: "replay", offset: 3, replayOf: record.id });
      expect(await log.replay({ channel: channel.id, id: "nonsense", key: "k", arrival: "live" })).toBeUndefined();
    });

    test("a platform that marks its replays with nothing: within ten seconds a duplicate, later a replay", async () => {
      const clock = turnedByHand();
      const { append } = await withChannel(clock);
      const arrive = () => append({ externalId: "tip" }, { replayAfter: 10_000 });
      expect((await arrive()).status).toBe("appended");
      clock.time += 10_000;
      expect((await arrive()).status).toBe("duplicate");
      clock.time += 1;
      expect(await arrive()).toMatchObject({ status: "appended", record: { kind: "replay", offset: 2 } });
      clock.time += 9_000;
      expect((await arrive()).status).toBe("duplicate");
      clock.time += 2_000;
      expect(await arrive()).toMatchObject({ status: "appended", record: { kind: "replay", offset: 3 } });
    });

    test("time never runs backwards within a channel, and finds its offset", async () => {
      const clock = turnedByHand();
      const { append, log, channel } = await withChannel(clock);
      const times: number[] = [];
      for (const step of [0, 5, -1_000_000, 10, 2_000_000]) {
        clock.time += step;
        times.push((await append({ externalId: `x${times.length}` })).record.receivedAt);
      }
      expect(times).toEqual([...times].sort((a, b) => a - b));
      for (const [i, time] of times.entries()) {
        expect(await log.offsetBefore(channel.id, time)).toBe(times.filter((t) => t < time).length);
        expect(await log.offsetBefore(channel.id, time + 1)).toBe(times.filter((t) => t <= time).length);
        expect(times.length).toBeGreaterThan(i);
      }
    });

    test("the epoch is the log's own and outlives the process", async () => {
      const { log, database } = await withChannel();
      expect(log.epoch).toMatch(/^[a-z0-9]{8}$/);
      expect((await node({ database })).store.log.epoch).toBe(log.epoch);
      expect((await node()).store.log.epoch).not.toBe(log.epoch);
    });
  });

  describe("cursors", () => {
    test("each cursor goes on right behind its record", async () => {
      const { log, channel, append } = await withChannel();
      for (let i = 0; i < 5; i++) await append({ externalId: `x${i}` });
      for (let offset = 0; offset <= 5; offset++) {
        const cursor = await cursorAt(log, channel.id, offset);
        expect(await resolveCursor(log, channel.id, cursor)).toMatchObject({ status: "at", offset });
      }
      expect(await resolveCursor(log, channel.id, "oldest")).toMatchObject({ status: "at", offset: 0 });
      expect(await resolveCursor(log, channel.id, "head")).toMatchObject({ status: "at", offset: 5 });
    });

    test("where a log has lost what was there, no cursor is made up for it", async () => {
      const { log, channel, append } = await withChannel();
      await append();
      await expect(cursorAt(log, channel.id, 2)).rejects.toMatchObject({ code: "storage_failed" });
    });

    test("rubbish is invalid, whatever it looks like", async () => {
      const { log, channel } = await withChannel();
      const resolved = (text: string) => resolveCursor(log, channel.id, text);
      for (const text of ["", "0", "-1", "head ", "a.b.c.d", `${log.epoch}.1`, `${log.epoch}.1.1.1.1`, "\u0000"]) {
        expect(await resolved(text)).toEqual({ status: "invalid" });
      }
      await fc.assert(
        fc.asyncProperty(fc.string(), async (text) => {
          const { status } = await resolved(text);
          expect(status === "invalid" || text === "oldest" || text === "head").toBe(true);
        }),
      );
    });

    test("a log that lost its tail and grew again says reset, and from there nothing is missed", async () => {
      const clock = turnedByHand();
      const { log: before, channel, append } = await withChannel(clock);
      const cursors: string[] = [];
      for (let i = 0; i < 10; i++) {
        clock.time += 100;
        const { record } = await append({ externalId: `x${i}` });
        cursors.push(await cursorAt(before, channel.id, record.offset));
      }
      // Another log that shares the first six events, then went its own way: as after a restore.
      const other = await withChannel(clock);
      for (const record of (await before.read(channel.id, 0, 500)).slice(0, 6)) {
        await other.append(record.event, { place: record });
      }
      clock.time += 100;
      for (let i = 6; i < 9; i++) await other.append({ externalId: `y${i}` });
      const epoch = (cursor: string) => cursor.replace(/^[^.]+/, other.log.epoch);
      const resolved = (cursor: string) => resolveCursor(other.log, other.channel.id, cursor);

      expect(await resolved(epoch(cursors[5] as string))).toMatchObject({ status: "at", offset: 6 });
      expect(await resolved(epoch(cursors[7] as string))).toEqual({ status: "reset", reason: "changed", offset: 6 });
      expect(await resolved(epoch(cursors[9] as string))).toEqual({ status: "reset", reason: "ahead", offset: 6 });
      expect(await resolved(cursors[9] as string)).toEqual({ status: "reset", reason: "epoch", offset: 6 });
      // The event at the cursor itself may come again: better twice than never.
      expect(await resolved(cursors[2] as string)).toEqual({ status: "reset", reason: "epoch", offset: 2 });
    });
  });

  describe("directory", () => {
    test("names are taken once, roles follow ownership and membership", async () => {
      const { directory, account, channel } = await withChannel();
      expect(await directory.createAccount("ANN", false)).toBe("name-taken");
      expect(await directory.createChannel("ann", account.id, channel)).toBe("name-taken");
      const bob = await directory.createAccount("bob", false);
      if (bob === "name-taken") throw new Error("taken");
      expect(await directory.account(bob.id)).toEqual({ id: bob.id, name: "bob", administrator: false });
      expect(await directory.account(99)).toBeUndefined();
      expect(await directory.role(account.id, channel.id)).toBe("owner");
      expect(await directory.role(bob.id, channel.id)).toBeUndefined();
      await directory.setMember(channel.id, bob.id, "moderator");
      expect(await directory.role(bob.id, channel.id)).toBe("moderator");
      expect((await directory.channels(bob.id)).map(({ slug, role }) => [slug, role])).toEqual([["ann", "moderator"]]);
      expect((await directory.members(channel.id)).map(({ name, role }) => [name, role])).toEqual([
        ["ann", "owner"],
        ["bob", "moderator"],
      ]);
      expect(await directory.removeMember(channel.id, bob.id)).toBe(true);
      expect(await directory.removeMember(channel.id, bob.id)).toBe(false);
      expect(await directory.role(bob.id, channel.id)).toBeUndefined();
    });

    test("settings change one by one", async () => {
      const { directory, channel } = await withChannel();
      expect(await directory.setChannel(channel.id, { kickUsername: "ann_kick" })).toMatchObject({
        title: "Ann",
        kickUsername: "ann_kick",
      });
      expect(await directory.setChannel(channel.id, { kickUsername: "" })).toMatchObject({ kickUsername: "" });
      expect(await directory.channelNamed("ann")).toMatchObject({ id: channel.id, title: "Ann" });
    });

    test("keys: found by id, revoked once, never kept in clear", async () => {
      const { directory, account, channel } = await withChannel();
      const key = await directory.createKey(
        { name: "bot", account: account.id, scopes: ["events:read", "control"], channels: [channel.id] },
        (id) => sha256(`secret ${id}`),
      );
      const found = await directory.keyForAuthentication(key.id);
      expect(found).toMatchObject({ hash: sha256(`secret ${key.id}`), revoked: false });
      expect(found?.credential).toMatchObject({ kind: "key", id: `key:${key.id}`, account: account.id, channels: [1] });
      expect([...(found?.credential.scopes ?? [])]).toEqual(["events:read", "control"]);
      expect(await directory.revokeKey(key.id)).toBe(true);
      expect(await directory.revokeKey(key.id)).toBe(false);
      expect((await directory.keyForAuthentication(key.id))?.revoked).toBe(true);
    });

    test("a rotated token keeps its grace, and a second rotation never lengthens it", async () => {
      const { directory, channel } = await withChannel();
      const [a, b, c] = [newStreamToken(), newStreamToken(), newStreamToken()].map(sha256) as [string, string, string];
      await directory.rotateToken(channel.id, a, 0);
      await directory.rotateToken(channel.id, b, 5000);
      await directory.rotateToken(channel.id, c, 9000);
      const until = async (hash: string) => (await directory.tokenForAuthentication(hash))?.expiresAt;
      expect([await until(a), await until(b), await until(c)]).toEqual([5000, 9000, null]);
      await directory.rotateToken(channel.id, sha256("d"), 100);
      expect([await until(a), await until(b), await until(c)]).toEqual([100, 100, 100]);
      expect(await directory.tokenForAuthentication(sha256("nobody's"))).toBeUndefined();
    });

    test("what concerns access is a log that every node reads", async () => {
      const { directory, database, account, channel, rings } = await withChannel();
      const start = await directory.accessVersion();
      await directory.rotateToken(channel.id, sha256("t"), 0);
      await directory.rotateToken(channel.id, sha256("u"), 0);
      const key = await directory.createKey(
        { name: "k", account: account.id, scopes: ["admin"], channels: null },
        () => "",
      );
      await directory.revokeKey(key.id);
      const second = (await node({ database })).store.directory;
      const changes = await second.accessChanges(start);
      expect(changes.map(({ subject }) => subject)).toEqual(["token:1", `key:${key.id}`]);
      expect(await second.accessVersion()).toBe(changes.at(-1)?.version ?? 0);
      expect(rings.filter((ring) => ring.startsWith("access@")).at(-1)).toBe(`access@${changes.at(-1)?.version}`);
    });
  });

  describe("applications", () => {
    async function withApplication() {
      const clock = turnedByHand();
      const made = await withChannel(clock);
      const { applications, grants, signIns } = made.store;
      const redirectUris = ["https://bot.example/back", "http://localhost:9/?a=b"];
      const application = await applications.create({ name: "Bot", account: made.account.id, redirectUris }, "hash");
      const person = { account: made.account.id, channel: made.channel.id };
      const scopes = ["oauth-user-show", "oauth-donation-index"] as const;
      const granted = { ...person, application: application.id, scopes };
      return { ...made, clock, applications, grants, signIns, application, person, granted };
    }

    /** Tokens that work for an hour (access) and a day (refresh). */
    const tokens = (name: string, { now }: Clock): NewTokens => ({
      access: { hash: `${name}-access`, expiresAt: now() + 3_600_000 },
      refresh: { hash: `${name}-refresh`, expiresAt: now() + 86_400_000 },
    });

    test("are found by their number and listed for who registered them; their secret is a hash", async () => {
      const { applications, application, account, clock, directory } = await withApplication();
      const bob = await directory.createAccount("bob", false);
      if (bob === "name-taken") throw new Error("taken");
      expect(application).toEqual({ ...application, name: "Bot", account: account.id, createdAt: clock.now() });
      expect(await applications.application(application.id)).toEqual(application);
      expect(await applications.application(99)).toBeUndefined();
      expect(await applications.secretHash(application.id)).toBe("hash");
      expect(await applications.secretHash(99)).toBeUndefined();
      expect(await applications.list()).toEqual([application]);
      expect(await applications.list(account.id)).toEqual([application]);
      expect(await applications.list(bob.id)).toEqual([]);
    });

    test("a grant is found by its tokens until they expire, and is revoked once, on every node", async () => {
      const { grants, granted, clock, database, directory, channel } = await withApplication();
      const grant = await grants.issue(granted, tokens("a", clock));
      expect(grant).toEqual({ ...granted, id: grant.id, createdAt: clock.now(), revokedAt: null });
      expect(await grants.byAccessToken("a-access")).toEqual(grant);
      expect(await grants.byRefreshToken("a-refresh")).toEqual(grant);
      for (const hash of ["a-refresh", "nobody's"]) expect(await grants.byAccessToken(hash)).toBeUndefined();
      const tokensUntil = clock.now() + 86_400_000;
      expect(await grants.ofChannel(channel.id)).toEqual([{ ...grant, applicationName: "Bot", tokensUntil }]);
      clock.time += 3_600_000;
      expect(await grants.byAccessToken("a-access")).toBeUndefined();

      const second = (await node({ database, clock })).store;
      const version = await directory.accessVersion();
      expect(await grants.revoke(grant.id)).toBe(true);
      expect(await grants.revoke(grant.id)).toBe(false);
      expect((await second.directory.accessChanges(version)).map(({ subject }) => subject)).toEqual([
        `grant:${grant.id}`,
      ]);
      expect((await second.grants.grant(grant.id))?.revokedAt).toBe(clock.now());
      expect((await second.grants.byRefreshToken("a-refresh"))?.revokedAt).toBe(clock.now());
      expect(await second.grants.ofChannel(channel.id)).toEqual([]);
    });

    test("a grant none of whose tokens works any more is not listed", async () => {
      const { grants, granted, clock, channel } = await withApplication();
      const left = await grants.issue(granted, tokens("left", clock));
      clock.time += 80_000_000;
      const used = await grants.issue(granted, tokens("used", clock));
      const listed = async () => (await grants.ofChannel(channel.id)).map(({ id }) => id);
      expect(await listed()).toEqual([used.id, left.id]);
      clock.time += 10_000_000;
      expect(await listed()).toEqual([used.id]);
      // Its tokens are deleted.
      await grants.issue(granted, tokens("new", clock));
      expect(await listed()).not.toContain(left.id);
    });

    test("a code becomes a grant once; brought again, it ends that grant", async () => {
      const { grants, granted, clock, rings } = await withApplication();
      const challenge = { method: "S256", value: "abc" } as const;
      const code: NewCode = { ...granted, hash: "c", redirectUri: "https://x", challenge, expiresAt: clock.now() + 1 };
      const bare: NewCode = { ...granted, hash: "d", redirectUri: null, challenge: null, expiresAt: clock.now() + 1 };
      await grants.keepCode(code);
      await grants.keepCode(bare);
      expect(await grants.code("c")).toEqual(code);
      expect(await grants.code("d")).toEqual(bare);
      expect(await grants.redeem("unknown", tokens("a", clock))).toBe("unknown");
      await grants.keepCode({ ...bare, hash: "late", expiresAt: clock.now() });
      expect(await grants.redeem("late", tokens("a", clock))).toBe("expired");

      const outcomes = await Promise.all([
        grants.redeem("c", tokens("a", clock)),
        grants.redeem("c", tokens("b", clock)),
      ]);
      const [first] = outcomes.filter((outcome): outcome is Grant => typeof outcome === "object");
      expect(outcomes).toContain("redeemed-before");
      expect((await grants.grant(first?.id ?? 0))?.revokedAt).toBe(clock.now());
      expect(rings.at(-1)).toStartWith("access@");
      clock.time += 3_600_000;
      expect(await grants.redeem("c", tokens("c", clock))).toBe("redeemed-before");
    });

    test("a refresh token is rotated once; in its grace it gives the same successors, and the old access token works", async () => {
      const { grants, granted, clock, database } = await withApplication();
      const grant = await grants.issue(granted, tokens("a", clock));
      const rotation = (name: string) => ({
        tokens: tokens(name, clock),
        sealed: `sealed ${name}`,
        earlierUntil: clock.now() + 60_000,
      });
      const second = (await node({ database, clock })).store.grants;
      const both = await Promise.all([
        grants.rotate("a-refresh", rotation("b")),
        second.rotate("a-refresh", rotation("c")),
      ]);
      expect(both[0]).toEqual(both[1]);
      const winner = both[0] !== "unknown" && both[0]?.sealed === "sealed b" ? "b" : "c";
      const loser = winner === "b" ? "c" : "b";
      expect(await grants.byAccessToken(`${winner}-access`)).toEqual(grant);
      expect(await grants.byAccessToken(`${loser}-access`)).toBeUndefined();
      expect(await grants.byAccessToken("a-access")).toEqual(grant);
      clock.time += 60_000;
      expect(await grants.byAccessToken("a-access")).toBeUndefined();
      expect(await grants.rotate("a-refresh", rotation("d"))).toBe("unknown");
      expect(await grants.rotate(`${winner}-access`, rotation("d"))).toBe("unknown");
      expect(await grants.rotate(`${winner}-refresh`, rotation("d"))).toEqual({ sealed: "sealed d" });
    });

    test("every node signs with the same key", async () => {
      const { grants, database } = await withApplication();
      const second = (await node({ database })).store.grants;
      const [one, other] = await Promise.all([grants.signingKey(), second.signingKey()]);
      expect(one).toMatch(/^[0-9a-f]{64}$/);
      expect(other).toBe(one);
    });

    test("a sign-in link opens one session, which ends or expires", async () => {
      const { signIns, person, clock } = await withApplication();
      await signIns.keepLink(person, "link", clock.now() + 1000);
      expect(await signIns.link("link")).toEqual(person);
      expect(await signIns.session("link")).toBeUndefined();
      const opened = await Promise.all(["s", "t"].map((session) => signIns.open("link", session, clock.now() + 5000)));
      expect(opened.filter((each) => each !== undefined)).toEqual([person]);
      const hash = opened[0] === undefined ? "t" : "s";
      expect(await signIns.session(hash)).toEqual(person);
      expect(await signIns.link("link")).toBeUndefined();
      expect(await signIns.link(hash)).toBeUndefined();
      await signIns.end(hash);
      expect(await signIns.session(hash)).toBeUndefined();

      await signIns.keepLink(person, "late", clock.now() + 1000);
      clock.time += 1000;
      expect(await signIns.link("late")).toBeUndefined();
      expect(await signIns.open("late", "u", clock.now() + 1000)).toBeUndefined();

      await signIns.keepLink(person, "once", clock.now() + 1000);
      const spent = await Promise.all([signIns.spend("once"), signIns.spend("once")]);
      expect(spent.filter((each) => each !== undefined)).toEqual([person]);
      expect(await signIns.spend(hash)).toBeUndefined();
      expect(await signIns.open("once", "v", clock.now() + 1000)).toBeUndefined();
    });
  });

  describe("donations", () => {
    test("are numbered without holes in the order of the log; pages come newest first", async () => {
      const { store, channel, append, log } = await withChannel();
      const kinds = ["donation", "follow", "donation", "custom", "donation"] as const;
      for (const [i, type] of kinds.entries()) {
        await append({ type, externalId: `x${i}`, ...(type !== "donation" && { amount: null }) });
      }
      const [first] = await log.read(channel.id, 0, 1);
      await log.replay({ channel: channel.id, id: first?.id ?? "", key: "k", arrival: "live" });
      await append({ externalId: "old" }, { arrival: "import" });
      expect(await store.donations.count(channel.id)).toBe(0);
      const advance = () => advanceProjection(donationsProjection, [channel.id], log, store.checkpoints);
      await Promise.all([advance(), advance()]);
      const { donations } = store;
      expect(await donations.count(channel.id)).toBe(4);
      const page = async (newest: number, limit: number) =>
        (await donations.page(channel.id, newest, limit)).map(({ event }) => event.externalId);
      expect(await page(4, 30)).toEqual(["old", "x4", "x2", "x0"]);
      expect(await page(3, 2)).toEqual(["x4", "x2"]);
      expect(await page(0, 2)).toEqual([]);
      expect(await donations.count(99)).toBe(0);
      await append({ externalId: "new" });
      await advance();
      expect(await page(5, 1)).toEqual(["new"]);
    });

    test("a replay has its event's number, which no other event has", async () => {
      const { channel, append, log } = await withChannel();
      const { record } = await append({ externalId: "a" });
      const other = await append({ externalId: "b" });
      const replay = await log.replay({ channel: channel.id, id: record.id, key: "k", arrival: "live" });
      expect(other.record.number).not.toBe(record.number);
      expect(replay?.record.number).toBe(record.number);
      expect((await log.read(channel.id, 0, 10)).map(({ number }) => number)).toEqual([
        record.number,
        other.record.number,
        record.number,
      ]);
      expect((await log.find(channel.id, replay?.record.id ?? ""))?.number).toBe(record.number);
    });
  });

  describe("projections", () => {
    test("effects and position move together, once, whoever advances", async () => {
      const { store, channel, append, log } = await withChannel();
      for (let i = 0; i < 600; i++) void append({ externalId: `x${i}`, test: i % 10 === 0 });
      const { record } = await append({ externalId: "last" });
      await log.replay({ channel: channel.id, id: record.id, key: "k", arrival: "live" });
      expect(await store.checkpoints.behind("ledger")).toEqual([channel.id]);
      const advance = () => advanceProjection(ledgerProjection, [channel.id], log, store.checkpoints);
      await Promise.all([advance(), advance(), advance()]);
      expect(await store.checkpoints.behind("ledger")).toEqual([]);
      const total = { currency: "USD", exponent: 2, minor: 541 * 500, count: 541 };
      expect(await store.totals.ofChannel(channel.id)).toEqual([total]);
    });

    test("brings it up to where the log was, however fast that grows on", async () => {
      const { store, channel, append, log } = await withChannel();
      await append({ externalId: "x0" });
      let grown = 0;
      const growing: EventLog = {
        ...log,
        heads: (...of) => log.heads(...of),
        read: async (...of) => {
          if (++grown < 50) await append({ externalId: `x${grown}` });
          return log.read(...of);
        },
      };
      await advanceProjection(ledgerProjection, [channel.id], growing, store.checkpoints);
      expect(grown).toBe(1);
      expect(await store.checkpoints.position("ledger", channel.id)).toBe(2);
    });

    test("whoever looks again finds what grew since, whoever appended it, and what is still behind", async () => {
      const { database, store, account, channel, append, log } = await withChannel();
      const other = await store.directory.createChannel("other", account.id, { title: "", kickUsername: "", url: "" });
      if (other === "name-taken") throw new Error("taken");
      const { checkpoints } = (await node({ database })).store;
      const behind = async () => [...(await checkpoints.behind("ledger"))].sort();
      // More than one look: the first ones are at everything.
      const looks = async () => [await behind(), await behind(), await behind(), await behind()];
      const four = (channels: number[]) => [channels, channels, channels, channels];
      const advance = (id: number) => advanceProjection(ledgerProjection, [id], log, store.checkpoints);
      expect(await looks()).toEqual(four([]));
      await append({ externalId: "a" });
      expect(await looks()).toEqual(four([channel.id]));
      await append({ externalId: "b" }, { channel: other.id });
      expect(await looks()).toEqual(four([channel.id, other.id]));
      await advance(channel.id);
      expect(await looks()).toEqual(four([other.id]));
      await advance(other.id);
      expect(await looks()).toEqual(four([]));
      await append({ externalId: "c" });
      expect(await behind()).toEqual([channel.id]);
    });

    test("a crash at any point neither loses nor doubles an effect", async () => {
      const { store, channel, append, log } = await withChannel();
      for (let i = 0; i < 700; i++) void append({ externalId: `x${i}` });
      await append({ externalId: "last" });
      // Every call to the store may be the last one of a process: before it, or after it took effect.
      for (let crash = 0; ; crash++) {
        let calls = 0;
        const crashing = <T>(call: () => Promise<T>) =>
          calls++ === crash >> 1
            ? (crash % 2 === 0 ? Promise.resolve() : call()).then(() => Promise.reject(new Error("crash")))
            : call();
        const checkpoints: Checkpoints = {
          ...store.checkpoints,
          position: (...of) => crashing(() => store.checkpoints.position(...of)),
          advance: (...step) => crashing(() => store.checkpoints.advance(...step)),
        };
        const survived = await advanceProjection(ledgerProjection, [channel.id], log, checkpoints).then(
          () => true,
          () => false,
        );
        const [total] = await store.totals.ofChannel(channel.id);
        const position = await store.checkpoints.position("ledger", channel.id);
        expect([total?.count ?? 0, await store.donations.count(channel.id)]).toEqual([position, position]);
        if (survived) break;
      }
      expect((await store.totals.ofChannel(channel.id))[0]).toMatchObject({ count: 701, minor: 701 * 500 });
    });
  });
}

function donation(facts: Partial<EventFacts> = {}) {
  return streamEvent({
    type: "donation",
    origin: "test:1",
    externalId: "1",
    occurredAt: "2026-04-11T16:00:00.000Z",
    name: "Ana",
    amount: moneyOf(500, 2, "USD"),
    ...facts,
  });
}

function turnedByHand(): Clock & { time: number } {
  const clock = { ...systemClock, time: 1_700_000_000_000, now: () => clock.time };
  return clock;
}
