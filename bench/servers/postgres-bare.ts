/** What a commit and a NOTIFY take by themselves: a row is committed, then rung for; or who listens for it, and the follower of a node. */
import pg from "pg";
import { type Pace, pace } from "../pace.ts";
import { answerQuestions, sharedNow } from "../worker.ts";

/** As many connections as a node may need at this pace. */
const committing = 4;
let listening: pg.Client | undefined;
let rows: pg.Pool | undefined;
/** When each identity was heard of. */
let heard = new Map<string, number>();
let wanted = Number.POSITIVE_INFINITY;
let all: () => void = () => undefined;

function hear(id: string): void {
  heard.set(id, sharedNow());
  if (heard.size >= wanted) all();
}

export interface BarePace extends Pace {
  readonly url: string;
  /** Of each round another one. */
  readonly round: number;
}

answerQuestions(
  {
    async listen(url: string): Promise<void> {
      listening = new pg.Client({ connectionString: url });
      await listening.connect();
      listening.on("notification", ({ payload }) => hear(payload ?? ""));
      await listening.query("LISTEN bare");
    },
    async follow({ url, token }: { url: string; token: string }): Promise<void> {
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } } as never);
      socket.onmessage = ({ data }) => {
        const id = /"externalId":"([^"]+)"/.exec(String(data))?.[1];
        if (id !== undefined) hear(id);
      };
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
    },
    /** From now on so many are awaited. */
    expect(count: number): void {
      heard = new Map();
      wanted = count;
    },
    async arrivals(): Promise<readonly (readonly [string, number])[]> {
      if (heard.size < wanted) {
        await new Promise<void>((resolve) => {
          all = resolve;
        });
      }
      return [...heard];
    },
    /** Commits rows at a steady pace, each followed by its NOTIFY; gives when each began. */
    async pace({ url, round, ...given }: BarePace): Promise<readonly (readonly [string, number])[]> {
      rows ??= new pg.Pool({ connectionString: url, max: committing });
      const pool = rows;
      const work: Promise<unknown>[] = [];
      const began: [string, number][] = [];
      const store = async (id: string) => {
        await pool.query("INSERT INTO bare (body) VALUES ($1)", [`${id}${" ".repeat(480)}`]);
        await pool.query("SELECT pg_notify('bare', $1)", [id]);
      };
      await pace(given, (i) => {
        const id = `${round}-${i}`;
        began.push([id, sharedNow()]);
        work.push(store(id));
      });
      await Promise.all(work);
      return began;
    },
  },
  () => Promise.all([listening?.end(), rows?.end()]),
);
