import { afterEach, describe, expect, test } from "bun:test";
import { databases, type TestDatabase } from "../../test/databases.ts";
import { FaultyDoorbell } from "../../test/faulty-doorbell.ts";
import { Random } from "../../test/random.ts";
import { systemClock } from "../core/clock.ts";
import type { Doorbell } from "../log/doorbell.ts";
import type { Scope } from "./credential.ts";
import { Gate, type Loss } from "./gate.ts";
import { newKey, newStreamToken, parseKey, sha256 } from "./secrets.ts";

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

async function credential(gate: Gate, secret: string) {
  const proved = await gate.authenticate(secret);
  if (typeof proved === "string") throw new Error(proved);
  return proved;
}

async function within(ms: number, lost: Promise<Loss>): Promise<Loss> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("too late")), ms));
  return Promise.race([lost, late]);
}

for (const [name, create] of Object.entries(databases)) describe(name, () => suite(create));

function suite(create: () => Promise<TestDatabase>): void {
  /** Two nodes over one database; what one revokes, the other must hear of. */
  async function twoGates(dead = false) {
    const database = await create();
    ends.push(() => database.drop());
    const faulty = new FaultyDoorbell(new Random(1));
    ends.push(() => faulty.stop());
    const node = async () => {
      const doorbell: Doorbell = dead ? { ring: () => undefined, listen: () => () => undefined } : faulty.node();
      const store = await database.open(doorbell.ring, systemClock);
      const gate = new Gate(store.directory, doorbell, systemClock, await store.directory.accessVersion());
      ends.push(() => store.close());
      ends.push(() => gate.stop());
      return { gate, directory: store.directory };
    };
    const [here, there] = [await node(), await node()];
    const made = { kickUsername: "", url: "", title: "" };
    const ann = await here.directory.createAccount("ann", false);
    const bob = await here.directory.createAccount("bob", false);
    if (ann === "name-taken" || bob === "name-taken") throw new Error("taken");
    const channel = await here.directory.createChannel("ann", ann.id, made);
    const other = await here.directory.createChannel("other", ann.id, made);
    if (channel === "name-taken" || other === "name-taken") throw new Error("taken");
    const key = async (account: number, scopes: readonly Scope[], channels: readonly number[] | null = null) => {
      let secret = "";
      const { id } = await here.directory.createKey({ name: "k", account, scopes, channels }, (id) => {
        secret = newKey(id);
        return sha256(secret);
      });
      return { id, secret };
    };
    return { here, there, ann, bob, channel, other, key };
  }

  test("a key that is revoked on one node ends sessions on the other: at once, without a doorbell within 2.5 s", async () => {
    for (const dead of [false, true]) {
      const { here, there, ann, channel, key } = await twoGates(dead);
      const { id, secret } = await key(ann.id, ["events:read"]);
      const proved = await credential(there.gate, secret);
      const { promise, resolve } = Promise.withResolvers<Loss>();
      there.gate.watch({ credential: proved, channel: channel.id, scope: "events:read", lost: resolve });
      expect(there.gate.sessionsOf(proved)).toBe(1);
      await here.directory.revokeKey(id);
      expect(await within(2500, promise)).toBe("revoked");
      expect(there.gate.sessionsOf(proved)).toBe(0);
      expect(await there.gate.authenticate(secret)).toBe("token_revoked");
    }
  });

  test("a key with ten thousand sessions is revoked: its row is read once, and all of them end within two seconds", async () => {
    const { here, there, ann, channel, key } = await twoGates();
    const { id, secret } = await key(ann.id, ["events:read"]);
    const proved = await Promise.all(Array.from({ length: 10_000 }, () => credential(there.gate, secret)));
    const ended = proved.map((each) => {
      const { promise, resolve } = Promise.withResolvers<Loss>();
      there.gate.watch({ credential: each, channel: channel.id, scope: "events:read", lost: resolve });
      return promise;
    });
    const { keyForAuthentication } = there.directory;
    let reads = 0;
    there.directory.keyForAuthentication = (id) => {
      reads++;
      return keyForAuthentication(id);
    };
    await here.directory.revokeKey(id);
    const all = Promise.all(ended).then(() => "revoked" as const);
    expect(await within(2000, all)).toBe("revoked");
    // What else changed at the same time may ask for it too.
    expect(reads).toBeWithin(1, 5);
  });

  test("a rotated token ends when its grace does, on every node", async () => {
    const { here, there, channel } = await twoGates();
    const token = newStreamToken();
    await here.directory.rotateToken(channel.id, sha256(token), 0);
    const { promise, resolve } = Promise.withResolvers<Loss>();
    there.gate.watch({
      credential: await credential(there.gate, token),
      channel: channel.id,
      scope: "events:read",
      lost: resolve,
    });
    const until = Date.now() + 1000;
    await here.directory.rotateToken(channel.id, sha256(newStreamToken()), until);
    expect(await credential(here.gate, token)).toMatchObject({ kind: "token", channel: channel.id });
    expect(await within(4000, promise)).toBe("expired");
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    expect(await there.gate.authenticate(token)).toBe("token_expired");
  });

  test("who loses a membership loses the sessions that depended on it, and only those", async () => {
    const { here, there, bob, channel, other, key } = await twoGates();
    await here.directory.setMember(channel.id, bob.id, "moderator");
    await here.directory.setMember(other.id, bob.id, "moderator");
    const proved = await credential(there.gate, (await key(bob.id, ["events:read"])).secret);
    const lost: string[] = [];
    const { promise, resolve } = Promise.withResolvers<Loss>();
    there.gate.watch({ credential: proved, channel: channel.id, scope: "events:read", lost: resolve });
    there.gate.watch({
      credential: proved,
      channel: other.id,
      scope: "events:read",
      lost: () => void lost.push("other"),
    });
    await here.directory.removeMember(channel.id, bob.id);
    expect(await within(2500, promise)).toBe("revoked");
    expect(lost).toEqual([]);
  });

  test("what was revoked between the check and the watch is noticed too", async () => {
    const { here, ann, channel, key } = await twoGates(true);
    const { id, secret } = await key(ann.id, ["events:read"]);
    const proved = await credential(here.gate, secret);
    await here.directory.revokeKey(id);
    await here.gate.reconcile();
    const { promise, resolve } = Promise.withResolvers<Loss>();
    here.gate.watch({ credential: proved, channel: channel.id, scope: "events:read", lost: resolve });
    expect(await within(1000, promise)).toBe("revoked");
  });

  test("who may what", async () => {
    const { here, ann, bob, channel, other, key } = await twoGates();
    await here.directory.setMember(channel.id, bob.id, "moderator");
    const may = async (secret: string, scope: Scope, of = channel.id) =>
      here.gate.permits(await credential(here.gate, secret), of, scope);
    const reader = (await key(ann.id, ["events:read"])).secret;
    const writer = (await key(ann.id, ["events:write"])).secret;
    const limited = (await key(ann.id, ["events:read"], [channel.id])).secret;
    const moderator = (await key(bob.id, ["events:read", "events:write", "control", "admin"])).secret;
    const root = await here.directory.createAccount("root", true);
    const administrator = (await key(root === "name-taken" ? 0 : root.id, ["admin"])).secret;
    const token = newStreamToken();
    await here.directory.rotateToken(channel.id, sha256(token), 0);

    expect([await may(reader, "events:read"), await may(reader, "events:write")]).toEqual([true, false]);
    expect([await may(writer, "events:read"), await may(writer, "events:write")]).toEqual([false, true]);
    expect([await may(limited, "events:read"), await may(limited, "events:read", other.id)]).toEqual([true, false]);
    expect([await may(moderator, "events:read"), await may(moderator, "control")]).toEqual([true, true]);
    expect([await may(moderator, "events:write"), await may(moderator, "admin")]).toEqual([false, false]);
    expect(await may(moderator, "events:read", other.id)).toBe(false);
    expect([await may(administrator, "events:write"), await may(administrator, "admin", other.id)]).toEqual([
      true,
      true,
    ]);
    expect([await may(token, "events:read"), await may(token, "events:read", other.id)]).toEqual([true, false]);
    expect([await may(token, "events:write"), await may(token, "control")]).toEqual([false, false]);
  });
}

test("keys are safe in addresses, and a mistyped one is known for one", () => {
  const key = newKey(123_456);
  expect(key).toMatch(/^tw_[A-Za-z0-9_]+$/);
  expect(parseKey(key)).toBe(123_456);
  for (let i = 3; i < key.length; i++) {
    const wrong = key.slice(0, i) + (key[i] === "a" ? "b" : "a") + key.slice(i + 1);
    expect(parseKey(wrong)).toBeUndefined();
  }
});
