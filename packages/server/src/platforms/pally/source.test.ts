import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SourceRoom } from "../../../test/source-room.ts";
import { type Line, type Script, TranscriptPlayer } from "../../../test/transcript-player.ts";
import { VirtualClock } from "../../../test/virtual-clock.ts";
import { webSocketDial } from "../../http/dial.ts";
import { pallySource } from "./source.ts";

const [tip = "", anonymous = ""] = readFileSync(
  new URL("../../../test/fixtures/pally-tips.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n");

let ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

/** A node that dials what the scripts play, in virtual time. */
async function room(...scripts: readonly Script[]) {
  const clock = new VirtualClock();
  const player = await TranscriptPlayer.start(...scripts);
  const pally = pallySource({ dial: webSocketDial(clock), clock, url: player.url });
  const made = await SourceRoom.open({ clock, factories: { pally } });
  ends.push(
    () => player.stop().catch(() => undefined),
    async () => {
      await Promise.all([made.close(), clock.pass(5000)]);
    },
  );
  return { clock, player, room: made };
}

/** Accepts and answers the first ping and the self-test. */
async function welcome(line: Line): Promise<void> {
  line.accept();
  expect(await line.text()).toBe("ping");
  line.say("pong");
  const echo = JSON.parse(await line.text()) as { type: string; payload: unknown };
  expect(echo.type).toBe("echo");
  line.say(JSON.stringify(echo.payload));
}

test("by key, the firehose or a page; live with the first pong; tips are in the log as they were sent", async () => {
  const script: Script = async (line) => {
    await welcome(line);
    line.say(tip, anonymous);
    await line.ended();
  };
  const { room: node, player } = await room(script, script);
  const all = await node.connect("pally", "k/e+y");
  await node.state(all.id, "live");
  const page = await node.connect("pally", "key", "ann&co");
  await node.state(page.id, "live");
  expect(player.requests).toEqual([
    "/?auth=k%2Fe%2By&channel=firehose",
    "/?auth=key&channel=activity-feed&room=ann%26co",
  ]);
  const records = await node.records(2);
  expect(records.map(({ event, arrival }) => [event.externalId, event.name, arrival])).toEqual([
    ["b1w2pjwjtb9fx0v1se9ex4n2", "Someone", "live"],
    ["c2w2pjwjtb9fx0v1se9ex4n3", null, "live"],
  ]);
  expect(await node.store.log.raw(node.channel, 1)).toBe(tip);
});
