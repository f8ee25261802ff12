import { expect, test } from "bun:test";
import { endings } from "../../../test/endings.ts";
import { type Callee, pairDial } from "../../../test/pair-dial.ts";
import { recorded } from "../../../test/recorded.ts";
import { SourceRoom } from "../../../test/source-room.ts";
import { VirtualClock } from "../../../test/virtual-clock.ts";
import type { Socket } from "../../core/socket.ts";
import { tuniformSource } from "./source.ts";

const [handshake = "", donation = "", subscription = ""] = recorded("tuniform-session.jsonl");
const token = "0123456789abcdef".repeat(4);
const change = (text: string, fields: object) => JSON.stringify({ ...(JSON.parse(text) as object), ...fields });

const ended = endings();

/** Tuniform as far as these tests need it: a feed that is there or not, and a list. */
class Platform {
  readonly asked: { readonly url: string; readonly bearer: string | null }[] = [];
  readonly #open = new Set<Socket>();
  isThere = true;
  list: () => Response | Promise<Response> = () => new Response("[]");

  readonly callee: Callee = () => {
    if (!this.isThere) return { status: 502, contentType: "text/html", body: "" };
    return (socket) => {
      this.#open.add(socket);
      socket.send([handshake]);
      return { text() {}, drain() {}, closed: () => void this.#open.delete(socket), stalled() {}, shutdown() {} };
    };
  };

  readonly fetch = async (url: string, { headers, signal }: RequestInit): Promise<Response> => {
    this.asked.push({ url, bearer: new Headers(headers).get("authorization") });
    const aborted = new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    return Promise.race([Promise.resolve().then(this.list), aborted]);
  };

  say(...texts: readonly string[]): void {
    for (const socket of this.#open) socket.send(texts);
  }

  cut(): void {
    for (const socket of this.#open) socket.close(1006, "");
  }
}

/** A node that is live, and has read the list for the first time. */
async function room(list = () => new Response("[]")) {
  const clock = new VirtualClock();
  const platform = new Platform();
  platform.list = list;
  const tuniform = tuniformSource({
    dial: pairDial(platform.callee),
    clock,
    url: "ws://feed.example/ws",
    listUrl: "http://list.example/?t={token}",
    fetch: platform.fetch,
  });
  const node = await SourceRoom.open({ clock, factories: { tuniform } });
  ended.push(() => Promise.all([node.close(), clock.pass(5000)]));
  const { id } = await node.connect("tuniform", token);
  await clock.pass(0);
  const said = async () => (await node.all()).map(({ event, arrival }) => `${event.name} ${event.type} ${arrival}`);
  const state = async () => {
    const { state: now } = await node.connection(id);
    if (now === undefined) throw new Error("it has no state");
    return now;
  };
  return { clock, platform, node, id, said, state };
}

test("the first list is history: stored silently, and what cannot be read of it is kept", async () => {
  const poor = change(donation, { amount: null });
  const { node, id, said, platform } = await room(() => new Response(`[${donation},{"type":"poll"},${poor}]`));
  expect(await said()).toEqual(["ahmed_ben donation import"]);
  expect(await node.quarantined(id, 1)).toMatchObject([{ raw: poor, arrival: "import" }]);
  expect(await node.store.quarantine.notes(id)).toEqual([]);
  expect(platform.asked).toEqual([{ url: `http://list.example/?t=${token}`, bearer: null }]);
});

test("what a later list has that was missed is late, each gift of two that are identical; the comparison is told", async () => {
  const { clock, platform, said, state } = await room();
  const missed = change(donation, { sender_username: "missed", timestamp: "2026-04-11T17:01:00+01:00" });
  platform.say(donation);
  await clock.pass(0);
  platform.cut();
  platform.list = () => new Response(`[${donation},${missed},${missed},${subscription}]`);
  await clock.pass(500);
  platform.say(subscription);
  await clock.pass(1000);
  expect(await said()).toEqual([
    "ahmed_ben donation live",
    "ahmed_ben subscription live",
    "missed donation late",
    "missed donation late",
  ]);
  const { reconciled, gaps } = await state();
  expect({ reconciled, gaps }).toEqual({ reconciled: { at: clock.now(), missing: 0, recovered: 2 }, gaps: undefined });
});

test("while all is well the list is read every four minutes: what the feed never sent is found", async () => {
  const { clock, platform, said, state } = await room();
  platform.list = () => new Response(`[${donation}]`);
  await clock.pass(240_000);
  expect(await said()).toEqual([]);
  await clock.pass(1000);
  expect(await said()).toEqual(["ahmed_ben donation late"]);
  await clock.pass(240_000);
  expect((await state()).reconciled).toEqual({ at: clock.now(), missing: 0, recovered: 0 });
});

test("what cannot be read is missing at every comparison, and counted once", async () => {
  const { clock, platform, node, state } = await room();
  platform.list = () => new Response(`[${donation},${change(donation, { amount: null })}]`);
  for (const recovered of [1, 0]) {
    await clock.pass(242_000);
    expect((await state()).reconciled).toMatchObject({ missing: 1, recovered });
    expect(node.missing).toBe(1);
  }
});

test("a list that fails is a warning until it is read, and what was missed meanwhile is not forgotten", async () => {
  const { clock, platform, said, state } = await room();
  platform.cut();
  const failures: [string, () => Response][] = [
    ["Tuniform's list was refused (HTTP 503).", () => new Response("", { status: 503 })],
    [
      "Tuniform's list was not reached.",
      () => {
        throw new Error(token);
      },
    ],
    ["Tuniform's list has a shape", () => new Response('{"data":[]}')],
    ["Tuniform's list has a shape", () => new Response("<html>")],
  ];
  for (const [warning, list] of failures) {
    platform.list = list;
    await clock.pass(241_000);
    expect((await state()).warning).toStartWith(warning);
    platform.cut();
  }
  platform.list = () => new Response(`[${donation}]`);
  await clock.pass(2000);
  expect(await said()).toEqual(["ahmed_ben donation late"]);
  expect((await state()).warning).toBeUndefined();
});

test("a list in which nothing is known may not reach back: a gap up to its oldest event", async () => {
  const { clock, platform, state } = await room();
  const until = clock.now();
  platform.cut();
  platform.list = () => new Response(`[${donation},${subscription}]`);
  await clock.pass(1500);
  expect((await state()).gaps).toEqual([{ from: until, to: Date.parse("2026-04-11T16:00:00Z") }]);
  await clock.pass(240_000);
  expect((await state()).gaps).toHaveLength(1);
});

test("while the feed cannot be reached the list is read at each attempt", async () => {
  const { clock, platform, said, state } = await room();
  platform.isThere = false;
  platform.cut();
  platform.list = () => new Response(`[${donation}]`);
  await clock.pass(1500);
  expect(await said()).toEqual(["ahmed_ben donation late"]);
  expect(await state()).toMatchObject({ status: "waiting", reason: "Tuniform refused the connection (HTTP 502)." });
});

test("a list that takes its time does not keep the feed waiting", async () => {
  const { clock, platform, state } = await room();
  const answer = Promise.withResolvers<Response>();
  platform.list = () => answer.promise;
  platform.cut();
  await clock.pass(500);
  platform.cut();
  await clock.pass(1000);
  expect(await state()).toMatchObject({ status: "live", since: clock.now() });
  answer.resolve(new Response("[]"));
});
