import { expect, test } from "bun:test";
import { systemClock } from "../src/core/clock.ts";
import { webSocketDial } from "../src/http/dial.ts";
import { tuniformSource } from "../src/platforms/tuniform/source.ts";
import { endings } from "./endings.ts";
import { api, startProgram } from "./program.ts";
import { SourceRoom } from "./source-room.ts";

const ended = endings();

test("another Tipwire in Tuniform's place: what was missed is read from its events, by cursor, and nothing comes twice", async () => {
  const world = await startProgram();
  ended.push(() => world.stop());
  const { streamToken } = await world.tipwireJson<{ streamToken: string }>("channel", "create", "page");
  const give = (name: string, facts: object = {}) =>
    api(world, "POST", "/channels/page/events", { name, amount: "5.00", currency: "TND", ...facts });

  const asked: string[] = [];
  const tuniform = tuniformSource({
    dial: webSocketDial(systemClock),
    clock: systemClock,
    url: `${world.url.replace("http", "ws")}/ws`,
    listUrl: `${world.url}/v1/channels/-/events`,
    fetch: (url, init) => {
      asked.push(new URL(url).search);
      return fetch(url, init);
    },
  });
  const node = await SourceRoom.open({ clock: systemClock, factories: { tuniform } });
  ended.push(() => node.close());
  const said = async (count: number) =>
    (await node.records(count)).map(({ event: { name, type }, arrival }) => `${name} ${type} ${arrival}`);

  await give("before");
  const { id } = await node.connect("tuniform", streamToken);
  await node.state(id, "live");
  expect(await said(1)).toEqual(["before donation import"]);
  await give("live");
  await said(2);
  await node.until(async () => (asked.length >= 3 ? true : undefined));

  await node.store.connections.setWanted(id, false);
  await node.state(id, "stopped");
  const twin = { occurredAt: "2026-04-11T16:00:00.000Z" };
  await give("twin", twin);
  await give("twin", twin);
  await give("custom", { type: "custom" });
  await give("member", { type: "subscription", tier: " Gold ", duration: 30, streak: 2 });
  await node.store.connections.setWanted(id, true);
  expect((await said(5)).slice(2)).toEqual(["twin donation late", "twin donation late", "member subscription late"]);
  const { reconciled, gaps } = await node.until(async () => {
    const { state } = await node.connection(id);
    return state?.reconciled?.recovered === 3 ? state : undefined;
  });
  expect([reconciled?.missing, gaps]).toEqual([0, undefined]);
  await give("after");
  expect((await said(6)).at(-1)).toBe("after donation live");
  expect(asked[0]).toBe("");
  expect(asked.at(-1)).toMatch(/^\?after=\S+&limit=500$/);
});
