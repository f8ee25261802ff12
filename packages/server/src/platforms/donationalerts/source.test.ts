import { afterAll, beforeAll, expect, test } from "bun:test";
import { type OtherSide, oauthClient, startOtherSide } from "../../../test/donationalerts-side.ts";
import { endings } from "../../../test/endings.ts";
import { api } from "../../../test/program.ts";
import { SourceRoom } from "../../../test/source-room.ts";
import { systemClock } from "../../core/clock.ts";
import { webSocketDial } from "../../http/dial.ts";
import { donationAlertsSource } from "./source.ts";
import { type Tokens, tokensText } from "./tokens.ts";

/** Our source against our own DonationAlerts-compatible server, over real sockets. */
let side: OtherSide;
beforeAll(async () => {
  side = await startOtherSide();
});
afterAll(() => side.stop());
const ended = endings();

async function openRoom(): Promise<SourceRoom> {
  const clock = systemClock;
  const source = donationAlertsSource({
    oauth: oauthClient(side.registered),
    fetch,
    dial: webSocketDial(clock),
    clock,
    reserve: async () => 0,
  });
  const room = await SourceRoom.open({ clock, factories: { donationalerts: source } });
  ended.push(() => room.close());
  return room;
}

function login(tokens: Tokens) {
  return { account: "", name: "", secret: tokensText(tokens) };
}

test("connected, live, identified; a donation there is a live one here, with all its facts", async () => {
  const ana = await side.creator("ana");
  const room = await openRoom();
  const { id } = await room.keep("donationalerts", login(ana));
  await room.state(id, "live");
  expect(await room.connection(id)).toMatchObject({ account: ana.userId, name: "ana" });
  await side.donate("ana", { name: "Ada", amount: "12.50", currency: "EUR", message: "Hello!" });
  const [record] = await room.records(1);
  expect(record).toMatchObject({
    arrival: "live",
    event: {
      origin: `donationalerts:${ana.userId}`,
      name: "Ada",
      message: "Hello!",
      amount: { value: "12.50", currency: "EUR" },
      stated: { value: "12.50" },
    },
  });
});

test("whatever the socket missed comes by recovery or by the list, each once, in order", async () => {
  const bo = await side.creator("bo");
  const room = await openRoom();
  const { id } = await room.keep("donationalerts", login(bo));
  await room.state(id, "live");
  await side.donate("bo", { name: "0" });
  await room.records(1);
  await room.stop(id);
  for (let i = 1; i <= 40; i++) await side.donate("bo", { name: String(i) });
  await room.start(id);
  const records = await room.records(41);
  expect(records.map(({ event }) => event.name)).toEqual(Array.from({ length: 41 }, (_, i) => String(i)));
  expect(new Set(records.slice(1).map(({ arrival }) => arrival))).toEqual(new Set(["late"]));
  await side.donate("bo", { name: "live again" });
  expect((await room.records(42))[41]).toMatchObject({ arrival: "live" });
});

test("taken back there: it needs a new login here, and one brings it back", async () => {
  const cleo = await side.creator("cleo");
  const room = await openRoom();
  const { id } = await room.keep("donationalerts", login(cleo));
  await room.state(id, "live");
  const { grants } = await api<{ grants: { id: string }[] }>(side, "GET", "/channels/cleo/grants");
  for (const grant of grants) await api(side, "DELETE", `/channels/cleo/grants/${grant.id}`);
  expect((await room.state(id, "needs-authorization")).reason).toContain("Log in to DonationAlerts again");
  await room.authorize(id, login(await side.again("cleo")).secret);
  await room.state(id, "live");
});
