/**
 * Runs in the server's process before the server does, and ends it with SIGKILL in the very turn in which it comes to a named
 * point for the N-th time. The server's own code is untouched: what is watched are the drivers and the sockets.
 *
 * With SQLite, `append` is a record's INSERT and `commit` the COMMIT after it. With PostgreSQL both are one call: `append` is
 * around its sending, `before commit` a turn later without an answer, `after commit` when the answer is read.
 * `ring` is what wakes the followers, and with PostgreSQL the NOTIFY; `cursor store` is the position of the totals.
 */
import { Database, type Statement } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import pg from "pg";
import { ServerSocket } from "../../packages/server/src/http/server-socket.ts";
import { FollowedChannel } from "../../packages/server/src/log/followed-channel.ts";
import type { CrashPoint, subjects } from "./points.ts";

type Subject = (typeof subjects)[number];
// biome-ignore lint/suspicious/noExplicitAny: whatever the watched functions take.
type Args = any[];

/** An answer leaves within this time of being given to the runtime, milliseconds. */
const answerLeaves = 2;

const point = process.env["CRASH_AT"];
let passes = Number(process.env["CRASH_PASS"]);

function pass(name: CrashPoint): void {
  if (name !== point || --passes !== 0) return;
  writeFileSync(process.env["CRASH_NOTE"] ?? "", name);
  process.kill(process.pid, "SIGKILL");
}

function around<R>(subject: Subject, work: () => R): R {
  pass(`before ${subject}`);
  const result = work();
  if (result instanceof Promise) void result.then(() => pass(`after ${subject}`)).catch(() => undefined);
  else pass(`after ${subject}`);
  return result;
}

watchSqlite();
watchPostgres();
watchAnswers();
watchMethod(ServerSocket.prototype, "send", "send");
if (process.env["TIPWIRE_DATABASE_URL"] === undefined) watchMethod(FollowedChannel.prototype, "heard", "ring");

function watchMethod<K extends string>(of: Record<K, (...args: Args) => unknown>, name: K, subject: Subject): void {
  const work = of[name];
  of[name] = function (this: unknown, ...args: Args) {
    return around(subject, () => work.apply(this, args));
  };
}

function watchSqlite(): void {
  /** What the open transaction writes. */
  let writes: "record" | "position" | undefined;
  const { prepare, query, run } = Database.prototype;
  const known = new WeakSet<Statement>();
  const watched = (sql: string, statement: Statement) => {
    if (known.has(statement)) return statement;
    known.add(statement);
    const write = statement.run.bind(statement);
    if (sql.startsWith("INSERT INTO record ")) {
      statement.run = (...args: Args) => {
        writes = "record";
        return around("append", () => write(...args));
      };
    } else if (sql.startsWith("INSERT INTO projection ")) {
      statement.run = (...args: Args) => {
        writes = "position";
        pass("before cursor store");
        return write(...args);
      };
    }
    return statement;
  };
  Database.prototype.prepare = function (this: Database, sql: string, ...rest: Args) {
    return watched(sql, prepare.call(this, sql, ...rest));
  } as typeof prepare;
  Database.prototype.query = function (this: Database, sql: string) {
    return watched(sql, query.call(this, sql));
  } as typeof query;
  Database.prototype.run = function (this: Database, sql: string, ...rest: Args) {
    const commits = sql === "COMMIT" ? writes : undefined;
    if (sql === "COMMIT" || sql === "ROLLBACK") writes = undefined;
    if (commits === "record") return around("commit", () => run.call(this, sql, ...rest));
    const result = run.call(this, sql, ...rest);
    if (commits === "position") pass("after cursor store");
    return result;
  } as typeof run;
}

function watchPostgres(): void {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: Args) {
    const [asked, values] = args;
    const text: string = typeof asked === "string" ? asked : (asked?.text ?? "");
    const send = () => (query as (...given: Args) => unknown).apply(this, args);
    if (/FROM append(_events)?\(/.test(text)) return appended(send);
    if (text.startsWith("SELECT advance(")) return around("cursor store", send);
    const rings = text.includes("pg_notify") && !String(values?.[1]).startsWith("beat");
    return rings ? around("ring", send) : send();
  } as typeof query;
}

function appended(send: () => unknown): unknown {
  pass("before append");
  const answer = send() as Promise<unknown>;
  pass("after append");
  let answered = false;
  setImmediate(() => !answered && pass("before commit"));
  const read = () => {
    answered = true;
    pass("after commit");
  };
  void answer.then(read, () => undefined);
  return answer;
}

function watchAnswers(): void {
  const { serve } = Bun;
  Bun.serve = ((options: { readonly fetch: (...args: Args) => Promise<Response | undefined> }) =>
    serve({
      ...options,
      async fetch(request: Request, server: unknown) {
        const response = await options.fetch(request, server);
        if (request.method === "POST" && request.url.endsWith("/events") && response?.ok) {
          pass("before acknowledgement");
          setTimeout(() => pass("after acknowledgement"), answerLeaves);
        }
        return response;
      },
    } as never)) as typeof serve;
}
