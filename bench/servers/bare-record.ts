import { Database, type Statement } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { donation } from "../donation.ts";

/** Transactions between two checkpoints: as often as Tipwire makes them. */
const checkpointEvery = 500;

/** A log with nothing around it: Tipwire's own schema and settings, rows of the same size, one statement, one transaction. */
export class BareRecords {
  readonly #db: Database;
  readonly #insert: Statement;
  readonly #offsets: number[];
  #transactions = 0;

  constructor(directory: string, channels = 1) {
    this.#offsets = Array(channels + 1).fill(0);
    this.#db = new Database(join(directory, "bare.db"), { create: true, readwrite: true, strict: true });
    for (const pragma of [
      "journal_mode = WAL",
      "synchronous = FULL",
      "foreign_keys = ON",
      "cache_size = -16000",
      "wal_autocheckpoint = 0",
    ]) {
      this.#db.run(`PRAGMA ${pragma}`);
    }
    this.#db.run(readFileSync(join(import.meta.dir, schema), "utf8"));
    this.#db.run("INSERT INTO account (id, name, administrator) VALUES (1, 'a', 1)");
    const channel = this.#db.prepare("INSERT INTO channel VALUES (?1, 'channel-' || ?1, '', 1, '', '', 0)");
    this.#db.transaction(() => {
      for (let id = 1; id <= channels; id++) channel.run(id);
    })();
    this.#insert = this.#db.prepare(
      "INSERT INTO record (channel, offset, kind, origin, external_id, id, arrival, received_at, replay_of, body, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
  }

  /** Stores `count` donations of a channel (from 1) in one transaction, each written as JSON. */
  commit(count: number, channel = 1): void {
    this.#db.run("BEGIN IMMEDIATE");
    for (let i = 0; i < count; i++) {
      const event = donation();
      const offset = (this.#offsets[channel] ?? 0) + 1;
      this.#offsets[channel] = offset;
      const id = `e${String(offset).padStart(23, "0")}`;
      this.#insert.run(
        channel,
        offset,
        0,
        event.origin,
        event.externalId,
        id,
        0,
        Date.now(),
        null,
        JSON.stringify(event),
        null,
      );
    }
    this.#db.run("COMMIT");
    this.#transactions++;
    if (this.#transactions % checkpointEvery === 0) this.#db.run("PRAGMA wal_checkpoint(PASSIVE)");
  }

  close(): void {
    this.#db.close();
  }
}

const schema = "../../packages/server/src/store/sqlite/migrations/001-spine.sql";
