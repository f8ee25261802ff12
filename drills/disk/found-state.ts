import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../../packages/server/src/core/clock.ts";
import { streamEvent } from "../../packages/server/src/core/event.ts";
import { ledgerProjection } from "../../packages/server/src/ledger/ledger.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import { type Program, startProgram } from "../../packages/server/test/program.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { within } from "../pause.ts";
import type { Found } from "./disk.ts";

/** What somebody had been told by the time of the fault, and may rely on. */
export interface Promised {
  /** Names of acknowledged events by the id that the acknowledgement gave. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** Names of events that a follower was sent. */
  readonly shown: ReadonlySet<string>;
  /** Slugs of channels whose creation was answered. */
  readonly channels: ReadonlySet<string>;
}

/** What is wrong with a data directory that a fault left, counted. */
export interface Faults {
  /** It does not open, or SQLite finds it damaged. */
  unsound: number;
  /** Acknowledged, or shown to somebody, but not there. */
  lost: number;
  /** Offsets that are not dense, or totals that do not count exactly the events before their position. */
  inconsistent: number;
  /** Nothing can be added, or what was added is not recognised. */
  stuck: number;
}

export const faultKinds = ["unsound", "lost", "inconsistent", "stuck"] as const satisfies readonly (keyof Faults)[];

/** What was found, and in words what was wrong. */
export interface Finding {
  readonly faults: Faults;
  readonly words: readonly string[];
}

/** Writes the tree that was under `from` to `to`, with what a power cut leaves of the write-ahead index: nothing or rubbish. */
export function materialise({ directories, files }: Found, from: string, to: string, random: Random): void {
  const moved = (path: string) => join(to, path.slice(from.length));
  mkdirSync(to, { recursive: true });
  for (const path of directories) mkdirSync(moved(path), { recursive: true });
  for (const [path, bytes] of files) writeFileSync(moved(path), bytes);
  const database = [...files.keys()].find((path) => path.endsWith("tipwire.db"));
  if (database === undefined || random.chance(0.5)) return;
  const rubbish = new Uint8Array(32_768).map(() => random.below(256));
  writeFileSync(moved(`${database}-shm`), rubbish);
}

/** Opens the store as the server does, and looks at everything in it. */
export async function judgeStore(dataDir: string, promised: Promised): Promise<Finding> {
  const note = new Notes();
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, "tipwire.db");
  let store: ReturnType<typeof openSqliteStore>;
  try {
    store = openSqliteStore(path, { clock: systemClock, ring: () => undefined });
  } catch (fault) {
    note.wrong("unsound", String(fault));
    note.wrong("lost", "everything acknowledged", promised.acknowledged.size);
    return note;
  }
  try {
    const db = new Database(path, { readonly: true });
    judgeDatabase(db, promised, note);
    db.close();
    await judgeAppend(store, note);
  } catch (fault) {
    note.wrong("unsound", String(fault));
  }
  await store.close();
  return note;
}

/** The same directory, as somebody who starts the program finds it. */
export async function judgeServer(dataDir: string, promised: Promised): Promise<Finding> {
  const note = new Notes();
  mkdirSync(dataDir, { recursive: true });
  let program: Program;
  try {
    program = await startProgram({ dataDir });
  } catch (fault) {
    note.wrong("unsound", String(fault));
    return note;
  }
  try {
    await judgeApi(program, promised, note);
  } catch (fault) {
    note.wrong("stuck", String(fault));
  }
  const code = await program.stop().catch((fault) => String(fault));
  if (code !== 0) note.wrong("stuck", `the server ended with ${code}: ${program.output()}`);
  return note;
}

class Notes implements Finding {
  readonly faults: Faults = { unsound: 0, lost: 0, inconsistent: 0, stuck: 0 };
  readonly words: string[] = [];

  wrong(kind: keyof Faults, words: string, count = 1): void {
    this.faults[kind] += count;
    if (count > 0) this.words.push(`${kind}: ${words}`);
  }
}

interface ChannelState {
  readonly id: number;
  readonly records: number;
  readonly head: number;
  readonly position: number;
  readonly counted: number;
  readonly events: number;
}

function judgeDatabase(db: Database, promised: Promised, note: Notes): void {
  const checked = db.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
  if (checked[0]?.integrity_check !== "ok") note.wrong("unsound", checked[0]?.integrity_check ?? "");

  const names = new Map(
    db
      .query<{ id: string; external_id: string; body: string }, []>("SELECT id, external_id, body FROM record")
      .all()
      .map(({ id, external_id, body }) => [
        id,
        (JSON.parse(body) as { externalId: string }).externalId === external_id ? external_id : "",
      ]),
  );
  const lost = [...promised.acknowledged].filter(([id, name]) => names.get(id) !== name);
  note.wrong("lost", `${lost.length} acknowledged, ${lost[0]?.[1]} first`, lost.length);
  const there = new Set(names.values());
  const unseen = [...promised.shown].filter((name) => !there.has(name));
  note.wrong("lost", `${unseen.length} shown to a follower, ${unseen[0]} first`, unseen.length);
  const slugs = new Set(
    db
      .query<{ slug: string }, []>("SELECT slug FROM channel")
      .all()
      .map(({ slug }) => slug),
  );
  const gone = [...promised.channels].filter((slug) => !slugs.has(slug));
  note.wrong("lost", `channels ${gone.join(", ")}`, gone.length);

  const states = db.query<ChannelState, [string]>(
    `SELECT id, (SELECT count(*) FROM record WHERE channel = channel.id) AS records,
            (SELECT coalesce(max(offset), 0) FROM record WHERE channel = channel.id) AS head,
            coalesce((SELECT position FROM projection WHERE channel = channel.id AND name = ?1), 0) AS position,
            (SELECT coalesce(sum(count), 0) FROM total WHERE channel = channel.id) AS counted,
            (SELECT count(*) FROM record WHERE channel = channel.id AND kind = 0 AND offset <= coalesce(
              (SELECT position FROM projection WHERE channel = channel.id AND name = ?1), 0)) AS events
       FROM channel`,
  );
  for (const { id, records, head, position, counted, events } of states.all(ledgerProjection.name)) {
    if (records !== head) note.wrong("inconsistent", `channel ${id} has ${records} records up to offset ${head}`);
    if (position > head || counted !== events)
      note.wrong(
        "inconsistent",
        `channel ${id}: totals at ${position} of ${head} count ${counted} of ${events} events`,
      );
  }
}

async function judgeAppend({ log, directory }: ReturnType<typeof openSqliteStore>, note: Notes): Promise<void> {
  const known = (await directory.channels())[0]?.id;
  const channel = known ?? (await firstChannel(directory));
  const head = (await log.heads([channel])).get(channel) ?? 0;
  const entry = { channel, arrival: "live", event: afterwards(head) } as const;
  const { status, record } = await log.append(entry);
  const again = await log.append(entry);
  const goesOn = status === "appended" && record.offset === head + 1 && again.status === "duplicate";
  if (!goesOn) note.wrong("stuck", `an append after offset ${head} was ${status} at ${record.offset}`);
}

async function firstChannel(directory: ReturnType<typeof openSqliteStore>["directory"]): Promise<number> {
  const account = (await directory.accountNamed("admin")) ?? (await directory.createAccount("admin", true));
  if (account === "name-taken") throw new Error("The administrator's account is there and is not.");
  const made = await directory.createChannel("afterwards", account.id, { title: "", kickUsername: "", url: "" });
  if (made === "name-taken") throw new Error("The channel is there and is not.");
  return made.id;
}

function afterwards(head: number) {
  const occurredAt = new Date().toISOString();
  return streamEvent({ type: "follow", origin: "drill", externalId: `afterwards-${head}`, occurredAt });
}

async function judgeApi({ url, key }: Program, promised: Promised, note: Notes): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const ready = await fetch(`${url}/readyz`);
  if (ready.status !== 200) note.wrong("stuck", `/readyz says ${ready.status}`);
  const { channels } = (await (await fetch(`${url}/v1/channels`, { headers })).json()) as {
    channels: { slug: string }[];
  };
  const slugs = new Set(channels.map(({ slug }) => slug));
  const gone = [...promised.channels].filter((slug) => !slugs.has(slug));
  note.wrong("lost", `channels ${gone.join(", ")}`, gone.length);

  const send = async (slug: string, externalId: string) => {
    const body = JSON.stringify({ externalId, message: externalId, name: "Ana", amount: "5.00", currency: "USD" });
    const response = await within(
      fetch(`${url}/v1/channels/${slug}/events`, { method: "POST", headers, body }),
      10_000,
    );
    return (await response?.json()) as { id: string; status: string } | undefined;
  };
  // The last one acknowledged comes again, as a platform sends it that has not read the answer.
  const [id, name] = [...promised.acknowledged].at(-1) ?? [];
  if (id !== undefined && name !== undefined) {
    const slug = `drill-${/^c(\d+)-/.exec(name)?.[1]}`;
    const again = await send(slug, name);
    if (again?.status !== "duplicate" || again.id !== id)
      note.wrong("lost", `${name} is ${again?.status} when it comes again`);
  }
  const slug = channels[0]?.slug;
  if (slug === undefined) return;
  const added = await send(slug, "afterwards");
  if (added?.status !== "stored") note.wrong("stuck", `an append was answered ${JSON.stringify(added)}`);
}

/** Whether the very first start was cut off halfway, before anybody saw its link, and is not taken up again. */
export function isHalfBegun(dataDir: string): boolean {
  const path = join(dataDir, "tipwire.db");
  if (!existsSync(path)) return false;
  const db = new Database(path);
  try {
    const account = db.query("SELECT 1 FROM account").get();
    return account !== null && db.query("SELECT 1 FROM stream_token").get() === null;
  } catch {
    return false;
  } finally {
    db.close();
  }
}

export function sumFaults(findings: readonly Finding[]): Faults {
  const sum: Faults = { unsound: 0, lost: 0, inconsistent: 0, stuck: 0 };
  for (const { faults } of findings) for (const kind of faultKinds) sum[kind] += faults[kind];
  return sum;
}

/** Where the directory that was recorded lies under another root. */
export function under(root: string, path: string, base: string): string {
  return dirname(join(root, path.slice(base.length), "x"));
}
