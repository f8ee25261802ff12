import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey, newStreamToken, sha256 } from "../../access/secrets.ts";
import { systemClock } from "../../core/clock.ts";
import { streamEvent } from "../../core/event.ts";
import { usualSettings } from "../../stage/settings.ts";
import { newStage } from "../../stage/stage.ts";
import { type Store, StoreUnusable } from "../store.ts";
import { openSqliteStore } from "./open.ts";

const options = { ring: () => undefined, clock: systemClock };

function inDirectory(work: (path: string) => void | Promise<void>) {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), "tipwire-sqlite-"));
    try {
      await work(join(directory, "tipwire.db"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

test(
  "a database from a newer version is refused in a sentence, and left as it was",
  inDirectory(async (path) => {
    await openSqliteStore(path, options).close();
    const db = new Database(path);
    db.run("PRAGMA user_version = 99");
    db.close();
    expect(() => openSqliteStore(path, options)).toThrow(StoreUnusable);
    expect(() => openSqliteStore(path, options)).toThrow(/written by a newer Tipwire \(schema 99/);
  }),
);

test(
  "a file that is no database is refused in a sentence",
  inDirectory((path) => {
    writeFileSync(path, "this is a text file, long enough to be looked at as a database header and refused");
    expect(() => openSqliteStore(path, options)).toThrow(StoreUnusable);
  }),
);

test(
  "a write-ahead log, so that readers and the writer never wait for each other",
  inDirectory(async (path) => {
    const store = openSqliteStore(path, options);
    const db = new Database(path);
    expect(db.query("PRAGMA journal_mode").values()).toEqual([["wal"]]);
    db.close();
    await store.close();
  }),
);

test(
  "what a killed process held is free at once where no other process can have the database, and only there",
  inDirectory(async (path) => {
    const killed = openSqliteStore(path, options);
    const its = await killed.nodeSessions.begin("killed");
    await killed.nodeSessions.hold(its, "source:1");
    const holdsIn = async (store: Store) => {
      const session = await store.nodeSessions.begin("next");
      const { status } = await store.nodeSessions.hold(session, "source:1");
      await store.nodeSessions.end(session);
      return { status, isLater: session.fence > its.fence };
    };
    const beside = openSqliteStore(path, options);
    expect(await holdsIn(beside)).toEqual({ status: "taken", isLater: true });
    const next = openSqliteStore(path, { ...options, isOnly: true });
    expect(await holdsIn(next)).toEqual({ status: "held", isLater: true });
    expect(await killed.nodeSessions.keep(its, "source:1", "late")).toBe(false);
    for (const store of [killed, beside, next]) await store.close();
  }),
);

test(
  "what a killed process left in its write-ahead log is carried over at the next start, so that it never piles up",
  inDirectory(async (path) => {
    const killed = openSqliteStore(path, options);
    await killed.directory.createAccount("a", true);
    const left = `${path}.left`;
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, left + suffix);
    await killed.close();

    const next = openSqliteStore(left, options);
    const withoutLog = `${path}.without`;
    copyFileSync(left, withoutLog);
    await next.close();
    const store = openSqliteStore(withoutLog, options);
    expect(await store.directory.accountNamed("a")).toMatchObject({ name: "a" });
    await store.close();
  }),
);

test(
  "no key and no token is in the file in clear",
  inDirectory(async (path) => {
    const store = openSqliteStore(path, options);
    const account = await store.directory.createAccount("a", true);
    if (account === "name-taken") throw new Error("taken");
    const settings = { title: "c", kickUsername: "", url: "" };
    await store.directory.createChannel("c", account.id, settings);
    const token = newStreamToken();
    await store.directory.rotateToken(1, sha256(token), 0);
    let key = "";
    await store.directory.createKey({ name: "k", account: 1, scopes: ["admin"], channels: null }, (id) => {
      key = newKey(id);
      return sha256(key);
    });
    await store.close();
    const bytes = readFileSync(path, "latin1");
    expect(bytes).toContain(sha256(token));
    expect(bytes).not.toContain(token);
    expect(bytes).not.toContain(key.slice(6, 60));
  }),
);

test(
  "a long import does not pile up in the write-ahead log, however few transactions it takes",
  inDirectory(async (path) => {
    const store = openSqliteStore(path, options);
    const account = await store.directory.createAccount("a", true);
    if (account === "name-taken") throw new Error("taken");
    await store.directory.createChannel("c", account.id, { title: "c", kickUsername: "", url: "" });
    for (let batch = 0; batch < 60; batch++) {
      const appends = Array.from({ length: 500 }, (_, i) => {
        const identity = { origin: "test:1", externalId: `${batch}/${i}`, occurredAt: "2026-04-11T16:00:00.000Z" };
        return store.log.append({ channel: 1, event: streamEvent({ type: "follow", ...identity }), arrival: "import" });
      });
      await Promise.all(appends);
    }
    expect(statSync(`${path}-wal`).size).toBeLessThan(12 * 1024 * 1024);
    await store.close();
  }),
);

test(
  "a stage from before OBS was asked whether it streams goes on",
  inDirectory(async (path) => {
    const migrations = join(import.meta.dir, "migrations");
    const earlier = readdirSync(migrations).toSorted().slice(0, 7);
    const db = new Database(path);
    for (const file of earlier) db.run(readFileSync(join(migrations, file), "utf8"));
    const { onAir: _, ...state } = newStage(1);
    const { holdUntilLive: __, ...late } = usualSettings.late;
    db.run("INSERT INTO stage VALUES (1, 1, 'main', 3, 1, 0, ?)", [JSON.stringify(state)]);
    const body = JSON.stringify({ ...usualSettings, late, soundScreen: 7 });
    db.run("INSERT INTO stage_settings VALUES (1, 1, ?, 1, 'Ann')", [body]);
    db.run(`PRAGMA user_version = ${earlier.length}`);
    db.close();
    const opened = openSqliteStore(path, options);
    const view = await opened.stages.view(1, []);
    expect(view?.state).toEqual(newStage(1));
    expect(view?.settings).toEqual({ ...usualSettings, soundScreen: 7 });
    expect(view?.row).toMatchObject({ onAirSince: null, gifts: null });
    await opened.close();
  }),
);
