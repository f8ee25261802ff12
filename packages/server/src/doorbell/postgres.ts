import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Clock } from "../core/clock.ts";
import type { Note } from "../core/note.ts";
import type { Doorbell, Ring, Topic } from "../log/doorbell.ts";
import { memoryDoorbell } from "./memory.ts";

/** The one NOTIFY channel: PostgreSQL wakes every listener anyway, and a topic is in the payload. */
const channel = "tipwire";

const connectWithin = 3000;
const retryAfter = 250;
const beatEvery = 5000;
/** Beats that may go by unheard before the connection is given up. */
const beatsMissed = 2;

export interface PostgresDoorbellOptions {
  /** A server on which one may LISTEN. Behind a pooler one may not: then it says so, and rings within this node only. */
  readonly url: string;
  readonly clock: Clock;
  readonly note: Note;
}

export interface NodesDoorbell extends Doorbell {
  /** Whether it hears its own beat, and so what other nodes ring. */
  readonly isWell: boolean;
  stop(): void;
}

/**
 * The doorbell between nodes: LISTEN and NOTIFY on one connection, which is never trusted. It sends itself a beat, and where
 * two are missed a new connection takes its place; whatever was lost meanwhile is found by looking at the store.
 * Within this node it rings at once.
 */
export function postgresDoorbell(options: PostgresDoorbellOptions): NodesDoorbell {
  const here = memoryDoorbell();
  const line = new Line(options, here.ring);
  return {
    listen: here.listen,
    ring(topic, version) {
      here.ring(topic, version);
      line.ring(topic, version);
    },
    get isWell() {
      return line.isWell;
    },
    stop: () => line.stop(),
  };
}

/** The connection, and the one after it. */
class Line {
  readonly #options: PostgresDoorbellOptions;
  readonly #hear: Ring;
  readonly #stopBeat: () => void;
  /** Of this node among all that listen. */
  readonly #name = randomUUID();
  #client: pg.Client | undefined;
  /** What was rung and not sent yet: of each topic the newest version. */
  #rung = new Map<Topic, number>();
  /** Whether the connection listens. */
  #ready = false;
  #sending = false;
  /** Beats that were not heard in a row. */
  #unheard = 0;
  /** Whether a connection was lost and none was heard from since. */
  #lost = false;
  #stopped = false;
  /** Whether the connection has heard its beat. */
  isWell = false;

  constructor(options: PostgresDoorbellOptions, hear: Ring) {
    this.#options = options;
    this.#hear = hear;
    this.#stopBeat = options.clock.every(beatEvery, () => this.#beat());
    void this.#connect();
  }

  ring(topic: Topic, version: number): void {
    if (this.#stopped) return;
    this.#rung.set(topic, Math.max(version, this.#rung.get(topic) ?? 0));
    void this.#send();
  }

  stop(): void {
    this.#stopped = true;
    this.isWell = false;
    this.#stopBeat();
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) close(client);
  }

  async #connect(): Promise<void> {
    const { url } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      application_name: "tipwire doorbell",
      connectionTimeoutMillis: connectWithin,
      query_timeout: beatEvery,
    });
    client.on("error", () => this.#lose(client));
    client.on("end", () => this.#lose(client));
    client.on("notification", ({ processId, payload }) => this.#heard(client, processId, payload ?? ""));
    this.#client = client;
    this.#unheard = 0;
    try {
      await client.connect();
      if (await isPooled(client)) {
        this.#giveUp();
        return;
      }
      await client.query(`LISTEN ${channel}`);
    } catch (fault) {
      this.#lose(client, fault);
      return;
    }
    if (this.#client !== client) return;
    this.#ready = true;
    this.#beat();
    void this.#send();
  }

  /** A pooler's connections are everybody's: none of them may be left listening, and what one hears reaches nobody. */
  #giveUp(): void {
    this.stop();
    const reason = "the address is that of a pooler; set TIPWIRE_LISTEN_URL to PostgreSQL's own, or to none";
    this.#options.note("warning", "there is no doorbell; the store is looked at every two seconds", { reason });
  }

  /** Lets go of a connection for good and makes another one. */
  #lose(client: pg.Client, fault?: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#ready = false;
    this.isWell = false;
    this.#sending = false;
    close(client);
    if (!this.#lost) {
      const reason = fault instanceof Error ? fault.message : "the connection ended or was silent";
      this.#options.note("warning", "the doorbell is lost; the store is looked at every two seconds", { reason });
    }
    this.#lost = true;
    this.#options.clock.after(retryAfter, () => {
      if (!this.#stopped && this.#client === undefined) void this.#connect();
    });
  }

  #heard(client: pg.Client, from: number, payload: string): void {
    if (client !== this.#client) return;
    if (payload === `beat ${this.#name}`) {
      this.#unheard = 0;
      this.isWell = true;
      if (this.#lost) this.#options.note("info", "the doorbell rings again");
      this.#lost = false;
      return;
    }
    const [, topic, version] = /^((?:log|stage):\d{1,15}|access|connections) (\d{1,15})$/.exec(payload) ?? [];
    // What this node rang itself it has heard.
    if (topic !== undefined && from !== processOf(client)) this.#hear(topic as Topic, Number(version));
  }

  #beat(): void {
    const client = this.#client;
    if (client === undefined || !this.#ready) return;
    if (this.#unheard++ >= beatsMissed) this.#lose(client);
    else void this.#notify(client, [`beat ${this.#name}`]);
  }

  /** One statement at a time; what is rung meanwhile goes along with the next. */
  async #send(): Promise<void> {
    const client = this.#client;
    if (this.#sending || client === undefined || !this.#ready) return;
    this.#sending = true;
    while (this.#rung.size > 0 && client === this.#client) {
      const payloads = [...this.#rung].map(([topic, version]) => `${topic} ${version}`);
      this.#rung = new Map();
      await this.#notify(client, payloads);
    }
    if (client === this.#client) this.#sending = false;
  }

  /** No disk is waited for: a transaction that does nothing else has nothing to sync. */
  async #notify(client: pg.Client, payloads: readonly string[]): Promise<void> {
    const sql = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload";
    await client.query(sql, [channel, payloads]).catch((fault: unknown) => this.#lose(client, fault));
  }
}

/** Whether somebody between makes up the number of the server's process. */
async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid !== processOf(client);
}

/** Without a goodbye, for which a dead server would be waited. */
function close(client: pg.Client): void {
  client.connection.stream.destroy();
}

function processOf(client: pg.Client): number | null {
  return (client as unknown as { readonly processID: number | null }).processID;
}
