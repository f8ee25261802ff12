import { offsetOfId } from "../core/record.ts";
import { type Filled, type FilledRow, Filling, type Found } from "./postgres/filling.ts";
import { startOf } from "./postgres/records.ts";
import { openSqliteTables, type Row, type SqliteTables } from "./sqlite/tables.ts";
import { StoreUnusable } from "./store.ts";

export interface Migration {
  /** The SQLite file. */
  readonly from: string;
  /** PostgreSQL's address. */
  readonly to: string;
  /** Stops after what is under way; the next run goes on from there. */
  readonly signal: AbortSignal;
  /** Told how many records are there so far, of how many, and how many of them this run brought. */
  readonly progress: (records: number, of: number, added: number) => void;
}

export interface Migrated {
  readonly channels: number;
  readonly records: number;
  /** How many of them this run brought. */
  readonly added: number;
  /** Whether an earlier run had finished. */
  readonly already: boolean;
}

/** What the tables besides the log have in common with their namesakes, in an order in which rows find what they refer to. */
export const copied: readonly string[] = [
  "account",
  "channel",
  "member",
  "api_key",
  "stream_token",
  "access_change",
  "application",
  "app_grant",
  "app_token",
  "app_code",
  "sign_in",
  "projection",
  "total",
  "donation",
  "holding",
  "topic",
  "connection",
  "quarantine",
  "source_note",
  "budget",
  "stage",
  "stage_settings",
  "alert",
  "receipt",
  "audit",
  "stage_key",
  "donor",
  "media",
  "media_part",
];

/** What has a way of its own: the log in portions, of `meta` the epoch; sessions of nodes end with their nodes. */
export const ownWay: readonly string[] = ["meta", "record", "node_session"];

/** Columns that are an array in PostgreSQL and its JSON in SQLite. */
const arrays: ReadonlySet<string> = new Set(["api_key.channels", "application.redirect_uris"]);

/** Rows that stay for ever, and their columns that never change: by these a second run knows them. */
const lasting: Readonly<Record<string, readonly string[]>> = {
  account: ["id", "name"],
  channel: ["id", "slug"],
  api_key: ["id", "hash"],
};

/** A portion ends with so many rows or characters, whichever comes first. */
const portion = { rows: 5000, characters: 4_000_000 };

/**
 * Brings a whole store from SQLite to PostgreSQL, identical in channel ids, offsets, record ids and numbers, epoch and
 * secrets, so that every cursor, key and link goes on. The log comes first, in transactions of a portion each; everything else
 * comes in a last one, which also compares both. A run that was cut off anywhere is finished by the next one.
 * Throws `StoreUnusable` with a sentence.
 */
export async function migrateStore({ from, to, signal, progress }: Migration): Promise<Migrated> {
  const source = await openSqliteTables(from);
  try {
    refuseForgotten(source);
    const target = await Filling.open(to);
    try {
      const facts = { channels: source.count("channel"), records: source.count("record") };
      const found = await target.found();
      if (found.status === "whole") {
        await refuseOtherOrOlder(source, target, found);
        return { ...facts, added: 0, already: true };
      }
      if (found.status === "empty") await target.begin(source.epoch);
      else refuseOtherLog(source, found);
      await fillLog(source, target, found, (records) => {
        progress(records, facts.records, records - found.records);
        if (signal.aborted) throw new Interrupted(records, facts.records);
      });
      await target.finish((filled) => fillRest(source, filled));
      return { ...facts, added: facts.records - found.records, already: false };
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

/** It was asked to stop; what is there stays. */
export class Interrupted extends StoreUnusable {
  constructor(records: number, of: number) {
    super(`Stopped after ${records} of ${of} records. The same command again does the rest.`);
  }
}

/** A table that nobody thought of would be lost without a word. */
function refuseForgotten({ names }: SqliteTables): void {
  const forgotten = names.filter((name) => !copied.includes(name) && !ownWay.includes(name));
  if (forgotten.length === 0) return;
  throw new StoreUnusable(`This Tipwire does not know how to migrate ${forgotten.join(", ")}; nothing was done.`);
}

/** A log that serves already: fine where it is this one and has all of it, whatever came to it since. */
async function refuseOtherOrOlder(source: SqliteTables, target: Filling, { epoch, records }: Found): Promise<void> {
  if (epoch !== source.epoch) {
    throw new StoreUnusable(`The database holds another log already, with ${records} records. Name an empty one.`);
  }
  const refuse = (what: string) => {
    throw new StoreUnusable(
      `This log was migrated before, and its SQLite database has received ${what} since. Make a new PostgreSQL database and migrate to that one.`,
    );
  };
  // A log only grows: whoever has the last record of a channel, at its place, has those before it.
  for (const rows of portions(source.lastRecords())) {
    const places = rows.map(({ id, ...place }) => ({ ...rowOf("record")(place), start: startOf(String(id)) }));
    if (await target.lacks("log_record", places)) refuse("events");
  }
  for (const [table, columns] of Object.entries(lasting)) {
    for (const rows of portions(source.rows(table, columns))) {
      if (await target.lacks(table, rows.map(rowOf(table)))) refuse("accounts, channels or keys");
    }
  }
}

function refuseOtherLog(source: SqliteTables, { epoch, records, last }: Found): void {
  if (epoch !== source.epoch) {
    throw new StoreUnusable(
      "The database holds an unfinished migration of another log. Finish that one, or name an empty database.",
    );
  }
  if (source.recordsUntil(last) === records) return;
  throw new StoreUnusable(
    "The database holds records that the SQLite database does not have (any more). Make the database anew, and migrate again.",
  );
}

/** `done` is told how many are there after each portion. */
async function fillLog(source: SqliteTables, target: Filling, found: Found, done: (records: number) => void) {
  let { last, records } = found;
  for (const rows of portions(source.recordsAfter(last))) {
    const entries = rows.map(recordOf);
    await target.addRecords(entries, last);
    last = Number(rows.at(-1)?.["n"]);
    records += rows.length;
    done(records);
  }
}

async function fillRest(source: SqliteTables, filled: Filled): Promise<void> {
  for (const table of copied) {
    for (const rows of portions(source.rows(table))) await filled.add(table, rows.map(rowOf(table)));
  }
  await filled.derive(source.lastNumber("access_change"));
  await filled.numberFrom((table) => source.lastNumber(table));
  await compare(source, filled);
}

/** Throws where what was stored is not what was read. */
async function compare(source: SqliteTables, filled: Filled): Promise<void> {
  const refuse = (what: string) => {
    throw new StoreUnusable(`The migration went wrong: ${what}. The database was not put into service.`);
  };
  for (const table of [...copied, "record"]) {
    const [before, after] = [source.count(table), await filled.count(table === "record" ? "log_record" : table)];
    if (before !== after) refuse(`${table} has ${before} rows in SQLite and ${after} in PostgreSQL`);
  }
  const [before, after] = [source.heads(), await filled.heads()];
  for (const [channel, head] of before) {
    if (after.get(channel) !== head) refuse(`the log of channel ${channel} ends elsewhere than at ${head}`);
  }
}

/** Rows in portions that fit into a statement. */
function* portions(rows: Iterable<Row>): Generator<readonly Row[], void, undefined> {
  let gathered: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    gathered.push(row);
    for (const value of Object.values(row)) characters += sizeOf(value);
    if (gathered.length < portion.rows && characters < portion.characters) continue;
    yield gathered;
    gathered = [];
    characters = 0;
  }
  if (gathered.length > 0) yield gathered;
}

/** Characters of its text; bytes are written in hex. */
function sizeOf(value: Row[string]): number {
  if (value instanceof Uint8Array) return 2 * value.length;
  return typeof value === "string" ? value.length : 0;
}

function rowOf(table: string): (row: Row) => FilledRow {
  return (row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, filledValue(table, name, value)]));
}

function filledValue(table: string, column: string, value: Row[string]): FilledRow[string] {
  if (value !== null && arrays.has(`${table}.${column}`)) return JSON.parse(String(value)) as readonly unknown[];
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return typeof value === "bigint" ? String(value) : value;
}

/** In SQLite a replay names its event's id, in PostgreSQL its offset; an id ends in the offset in base 36. */
function recordOf({ id, replay_of, origin, kind: _, ...others }: Row): FilledRow {
  const replays = typeof replay_of === "string" ? offsetOfId(replay_of) : undefined;
  return {
    ...rowOf("record")(others),
    start: startOf(String(id)),
    replay_of: replays ?? 0,
    origin: replays === undefined ? String(origin) : "",
  };
}
