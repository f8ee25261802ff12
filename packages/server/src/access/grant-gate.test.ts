import { afterEach, beforeEach, expect, test } from "bun:test";
import { DeliveryRoom, until } from "../../test/delivery-room.ts";
import type { Channel } from "./directory.ts";
import { Gate } from "./gate.ts";
import { GrantGate, type WatchedGrant } from "./grant-gate.ts";
import type { Grant } from "./grants.ts";

let room: DeliveryRoom;
let grants: GrantGate;
let channel: Channel;

beforeEach(async () => {
  room = new DeliveryRoom();
  grants = new GrantGate(room.store.grants, room.directory, room.gate, room.clock);
  channel = await room.channel("ana", await room.account("ana"));
});

afterEach(async () => {
  grants.stop();
  await room.close();
});

async function issued(account = channel.account): Promise<Grant> {
  const application = await room.store.applications.create({ name: "Bot", account, redirectUris: [] }, "");
  const access = { hash: crypto.randomUUID(), expiresAt: room.clock.now() + 1000 };
  const scopes = ["oauth-user-show"] as const;
  return room.store.grants.issue({ application: application.id, account, channel: channel.id, scopes }, { access });
}

function session(grant: Grant): WatchedGrant & { lost: number } {
  return {
    grant,
    lost: 0,
    revoked() {
      this.lost++;
    },
  };
}

test("a revoked grant ends its sessions, each told once, and nobody else's", async () => {
  const [grant, other] = [await issued(), await issued()];
  const sessions = [session(grant), session(grant), session(other)];
  for (const each of sessions) grants.watch(each);
  expect([grants.sessionsOf(grant), grants.sessionsOf(other)]).toEqual([2, 1]);
  await room.store.grants.revoke(grant.id);
  await until(() => sessions[0]?.lost === 1);
  await room.gate.reconcile();
  expect(sessions.map(({ lost }) => lost)).toEqual([1, 1, 0]);
  expect(await grants.holding(grant.id)).toBeUndefined();
  expect([grants.sessionsOf(grant), grants.sessionsOf(other)]).toEqual([0, 1]);
});

test("another node hears of it by itself within two seconds when every ring is lost", async () => {
  const grant = await issued();
  const there = new Gate(room.directory, { ring: () => undefined, listen: () => () => undefined }, room.clock, 0);
  const elsewhere = new GrantGate(room.store.grants, room.directory, there, room.clock);
  const watched = session(grant);
  elsewhere.watch(watched);
  await room.store.grants.revoke(grant.id);
  room.clock.tick(2000);
  await until(() => watched.lost === 1);
  elsewhere.stop();
  there.stop();
});

test("a grant that ended between its check and its watch is noticed", async () => {
  const grant = await issued();
  room.quiet = true;
  await room.store.grants.revoke(grant.id);
  await room.gate.reconcile();
  const watched = session(grant);
  grants.watch(watched);
  await until(() => watched.lost === 1);
});

test("it holds as long as who gave it owns the channel, or runs the server", async () => {
  const admin = await room.directory.createAccount("admin", true);
  if (admin === "name-taken") throw new Error("taken");
  const bo = await room.account("bo");
  await room.directory.setMember(channel.id, bo, "owner");
  const [theirs, admins] = [await issued(bo), await issued(admin.id)];
  const watched = session(theirs);
  grants.watch(watched);
  await room.directory.setMember(channel.id, bo, "moderator");
  await until(() => watched.lost === 1);
  expect(await grants.holding(theirs.id)).toBeUndefined();
  expect((await grants.holding(admins.id))?.id).toBe(admins.id);
});

test("a store that does not answer is asked again", async () => {
  const grant = await issued();
  let failures = 2;
  const faulty = new GrantGate(
    {
      ...room.store.grants,
      grant: async (id) => {
        if (failures-- > 0) throw new Error("no answer");
        return room.store.grants.grant(id);
      },
    },
    room.directory,
    room.gate,
    room.clock,
  );
  await room.store.grants.revoke(grant.id);
  const watched = session(grant);
  faulty.watch(watched);
  await until(() => watched.lost === 1);
  faulty.stop();
});
