import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SourceRoom } from "../../../test/source-room.ts";
import { type Script, TranscriptPlayer } from "../../../test/transcript-player.ts";
import { VirtualClock } from "../../../test/virtual-clock.ts";
import { webSocketDial } from "../../http/dial.ts";
import { tuniformSource } from "./source.ts";

const [handshake = "", donation = "", subscription = ""] = readFileSync(
  new URL("../../../test/fixtures/tuniform-session.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n");
const token = "0123456789abcdef".repeat(4);

let ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** A node that dials what the scripts play, in virtual time. `lists`: what the list answers, one after the other. */
async function room(scripts: readonly Script[], lists?: (() => Response)[]) {
  const clock = new VirtualClock();
  const player = await TranscriptPlayer.start(...scripts);
  const asked: string[] = [];
  const tuniform = tuniformSource({
    dial: webSocketDial(clock),
    clock,
    url: `${player.url}/ws`,
    listUrl: lists === undefined ? "" : "http://list.example/?t={token}",
    fetch: async (url) => {
      asked.push(url);
      return lists?.shift()?.() ?? new Response("", { status: 500 });
    },
  });
  const made = await SourceRoom.open({ clock, factories: { tuniform } });
  ends.push(
    () => player.stop().catch(() => undefined),
    async () => {
      await Promise.all([made.close(), clock.pass(5000)]);
    },
  );
  return { clock, player, room: made, asked };
}

test("the recorded session: identified, live, two events as they were sent", async () => {
  const { room: node, player } = await room([
    async (line) => {
      line.accept();
      line.say(handshake, donation, subscription);
      await line.ended();
    },
  ]);
  const { id } = await node.connect("tuniform", token);
  const records = await node.records(2);
  await node.state(id, "live");
  expect(player.requests).toEqual([`/ws?token=${token}`]);
  expect(await node.connection(id)).toMatchObject({ account: "12345", name: "creator_kick_handle" });
  expect(records.map(({ event, arrival }) => [event.type, event.origin, event.name, arrival])).toEqual([
    ["donation", "tuniform:12345", "ahmed_ben", "live"],
    ["subscription", "tuniform:12345", "ahmed_ben", "live"],
  ]);
  expect(await node.store.log.raw(node.channel, 1)).toBe(donation);
  expect(await node.store.quarantine.notes(id)).toEqual([]);
});
