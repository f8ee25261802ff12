import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { StoreUnusable } from "../store/store.ts";
import { command } from "./command.ts";
import { Failed, WrongUse } from "./faults.ts";
import { Progress } from "./progress.ts";

export const migrateCommand = command({
  name: "migrate",
  args: [],
  summary: "Bring everything from SQLite to PostgreSQL, for several nodes.",
  details: `Stop the server first, and name an empty database. Channels, events, cursors, keys, links and everything else
are the same afterwards; the SQLite file stays as it is. What is cut off goes on when the same command is run again.
Without --from it is the database in the data directory. Without --to it is TIPWIRE_DATABASE_URL, which other users of
this machine cannot see; the address must be PostgreSQL's own or that of a pooler.`,
  flags: {
    from: { value: "sqlite:PATH", help: "The SQLite file." },
    to: { value: "postgres://…", help: "The address of the PostgreSQL database." },
  },
  async run({ flags, context, say, paint }) {
    const from = fileOf(flags.from ?? `sqlite:${join(context.dataDir, "tipwire.db")}`);
    const to = addressOf(flags.to ?? context.env["TIPWIRE_DATABASE_URL"]);
    const progress = new Progress(context, undefined, "records");
    const began = context.now();
    // Loaded when needed only: no other command uses a database.
    const { migrateStore } = await import("../store/migrate.ts");
    try {
      const migrated = await migrateStore({
        from,
        to,
        signal: context.signal,
        progress: (records, of, added) => progress.show(added, records, of),
      });
      progress.end();
      const { channels, records, already } = migrated;
      const seconds = (context.now() - began) / 1000;
      const what = `${channels} ${channels === 1 ? "channel" : "channels"}, ${records} ${records === 1 ? "record" : "records"}`;
      const did = already ? "It was all there already" : `Migrated in ${seconds.toFixed(1)} s`;
      const next = "Start the server with TIPWIRE_DATABASE_URL set to that address; clients go on from their cursors.";
      const secretKey = join(dirname(from), "secret.key");
      const sealed = existsSync(secretKey) ? `Connections are sealed with the key in ${secretKey}: ${setKey}\n` : "";
      say({ ...migrated, seconds }, `${paint("green", did)}: ${what}.\n${next}\n${sealed}`);
      return 0;
    } catch (fault) {
      progress.end();
      if (!(fault instanceof StoreUnusable)) throw fault;
      throw new Failed(context.signal.aborted ? "interrupted" : "store_unusable", fault.message, { cause: fault });
    }
  },
});

const setKey = "set TIPWIRE_SECRET_KEY to what it holds, on every node.";

function fileOf(from: string): string {
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(from)?.[1];
  if (path === undefined) throw new WrongUse("--from must be sqlite:PATH, such as sqlite:/var/lib/tipwire/tipwire.db.");
  return path;
}

/** What is wrong with it is said without it: it may hold a password. */
function addressOf(to: string | undefined): string {
  if (to === undefined || to === "")
    throw new WrongUse("--to postgres://… is missing, and so is TIPWIRE_DATABASE_URL.");
  if (/^postgres(ql)?:\/\//.test(to) && URL.canParse(to)) return to;
  throw new WrongUse("--to must be a postgres:// address.");
}
