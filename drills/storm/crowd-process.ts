/**
 * A process with thousands of followers, asked by `crowd.ts`. Each keeps everything that it was given and comes back with
 * its cursor whenever its connection ends; so many knock at once, and wait when nobody is in.
 */
import { answerQuestions, sharedNow } from "../../bench/worker.ts";
import { Random } from "../../packages/server/test/random.ts";
import { isClean, judgeFollower, none, sum } from "../verdict.ts";
import { type Account, Client, opening } from "./client.ts";
import type { Back, Joining, Judged, Judging, Late, Returned, Standing } from "./crowd.ts";

/** How many connect at once in a process. */
const atOnce = 64;
/** Milliseconds that one waits who found nobody in. */
const knockAgainAfter = 40;

class Member {
  readonly account: Account;
  readonly port: number;
  readonly names: string[] = [];
  readonly cursors: string[] = [];
  /** When each came. */
  readonly times: number[] = [];
  after = "oldest";
  socket: Bun.Socket<Member> | undefined;
  client: Client | undefined;
  openedAt = 0;
  /** When the server's first word came; 0 while it is away. */
  greetedAt = 0;
  /** How many records it had when it came back. */
  cameBackWith = 0;
  /** How many of the last records it will have forgotten when it comes back. */
  forgets = 0;
  /** Milliseconds that it stays away when its connection ends. */
  staysAway = 0;
  resets = 0;
  /** Ends the dialling that is under way. */
  dialled: ((connected: boolean) => void) | undefined;

  constructor(account: Account, port: number) {
    this.account = account;
    this.port = port;
  }

  greeted(cursor: string): void {
    this.greetedAt = sharedNow();
    // Of one who was let in: a server that is about to stop still accepts connections, and refuses.
    firstOpenedAt = Math.min(firstOpenedAt, this.openedAt);
    // "oldest" and "head" are no place of their own.
    if (this.names.length === 0) this.after = cursor;
    this.dialled?.(true);
  }

  took(name: string, cursor: string): void {
    this.names.push(name);
    this.cursors.push(cursor);
    this.times.push(sharedNow());
    this.after = cursor;
  }

  reset(): void {
    this.resets++;
  }

  closed(code: number): void {
    closes.set(code, (closes.get(code) ?? 0) + 1);
    this.socket?.end();
  }

  /** As a program does that saves its place now and then. */
  forget(): void {
    const kept = Math.max(1, this.names.length - this.forgets);
    if (this.forgets > 0 && kept < this.names.length) {
      for (const list of [this.names, this.cursors, this.times]) list.length = kept;
      this.after = this.cursors.at(-1) ?? this.after;
    }
    this.forgets = 0;
    this.cameBackWith = this.names.length;
  }
}

const groups = new Map<string, Member[]>();
const queue: Member[] = [];
const closes = new Map<number, number>();
let dialling = 0;
let firstOpenedAt = Number.POSITIVE_INFINITY;
let random = new Random(1);

function pump(): void {
  while (dialling < atOnce) {
    const member = queue.shift();
    if (member === undefined) return;
    dialling++;
    void dial(member).then((connected) => {
      if (connected) return done();
      setTimeout(() => {
        queue.push(member);
        done();
      }, knockAgainAfter);
    });
  }
}

function done(): void {
  dialling--;
  pump();
}

/** Whether it was greeted. */
function dial(member: Member): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  member.dialled = resolve;
  member.forget();
  let opened = false;
  const ended = () => {
    if (!opened) return;
    opened = false;
    member.socket = undefined;
    member.dialled = undefined;
    const wasGreeted = member.greetedAt > 0;
    member.greetedAt = 0;
    if (!wasGreeted) return resolve(false);
    const back = () => {
      queue.push(member);
      pump();
    };
    const away = member.staysAway;
    member.staysAway = 0;
    if (away > 0) setTimeout(back, away);
    else back();
  };
  Bun.connect<Member>({
    hostname: "127.0.0.1",
    port: member.port,
    socket: {
      open(socket) {
        opened = true;
        socket.data = member;
        member.openedAt = sharedNow();
        member.socket = socket;
        member.client = new Client(member.account.tongue, member, (bytes) => void socket.write(bytes));
        socket.write(opening(member.account, member.port, member.after));
      },
      data: (socket, chunk) => socket.data.client?.take(chunk as Buffer),
      close: ended,
      error: ended,
      connectError: () => resolve(false),
    },
  }).catch(() => resolve(false));
  return promise;
}

function membersOf(group: string): Member[] {
  return groups.get(group) ?? [];
}

answerQuestions({
  seed(value: number): void {
    random = new Random(value);
  },

  join({ group, port, accounts }: Joining): void {
    const members = accounts.map((account) => new Member(account, port));
    groups.set(group, [...membersOf(group), ...members]);
    queue.push(...members);
    pump();
  },

  standing(group: string): Standing {
    const members = membersOf(group);
    return {
      members: members.length,
      greeted: members.filter(({ greetedAt }) => greetedAt > 0).length,
      records: members.reduce((count, { names }) => count + names.length, 0),
      resets: members.reduce((count, { resets }) => count + resets, 0),
      closes: [...closes],
    };
  },

  /** The server will go away: from now on it is measured how they come back. */
  brace({ group, forget }: { group: string; forget: number }): void {
    firstOpenedAt = Number.POSITIVE_INFINITY;
    for (const member of membersOf(group)) member.forgets = forget;
  },

  /** How they came back, given which of the latest records were acknowledged when. */
  back({ group, acknowledged }: Back): Returned {
    const members = membersOf(group);
    const known = new Map(acknowledged);
    let greetedAt = 0;
    let caughtUpAt = 0;
    let caughtUpOn = 0;
    for (const member of members) {
      greetedAt = Math.max(greetedAt, member.greetedAt);
      caughtUpAt = Math.max(caughtUpAt, member.greetedAt);
      for (let i = member.cameBackWith; i < member.names.length; i++) {
        // What was sent after its greeting is an alert, not something to catch up on.
        if ((known.get(member.names[i] ?? "") ?? 0) > member.greetedAt) continue;
        caughtUpAt = Math.max(caughtUpAt, member.times[i] ?? 0);
        caughtUpOn++;
      }
    }
    return { firstOpenedAt, greetedAt, caughtUpAt, caughtUpOn };
  },

  /** Milliseconds from the sending to the arrival, at followers who had been greeted by the sending. */
  delays({ group, sent }: Late): readonly number[] {
    const known = new Map(sent);
    const delays: number[] = [];
    for (const { names, times, greetedAt } of membersOf(group)) {
      for (let i = names.length - 1; i >= 0; i--) {
        const sentAt = known.get(names[i] ?? "");
        if (sentAt !== undefined && greetedAt > 0 && greetedAt <= sentAt) delays.push((times[i] ?? 0) - sentAt);
      }
    }
    return delays;
  },

  /** So many hang up without a word and come back within two seconds. */
  churn({ group, count }: { group: string; count: number }): number {
    const members = membersOf(group);
    let left = 0;
    for (let i = 0; i < count; i++) {
      const member = members[random.below(members.length)];
      if (member?.socket === undefined || member.greetedAt === 0) continue;
      member.staysAway = 1 + random.below(2000);
      member.socket.end();
      left++;
    }
    return left;
  },

  /** Every follower of the channels that are given, against their logs. */
  judge({ group, logs }: Judging): Judged {
    const known = new Map(logs);
    const judged = membersOf(group)
      .filter(({ account }) => known.has(account.channel))
      .map((member) => ({ member, found: judgeFollower(member, known.get(member.account.channel) ?? [], []) }));
    const wrong = judged.find(({ found }) => !isClean(found))?.member;
    return {
      followers: judged.length,
      records: judged.reduce((count, { member }) => count + member.names.length, 0),
      violations: judged.length === 0 ? none() : sum(judged.map(({ found }) => found)),
      example: wrong && `${wrong.account.tongue}, channel ${wrong.account.channel}, has ${wrong.names.length} records`,
    };
  },
});
