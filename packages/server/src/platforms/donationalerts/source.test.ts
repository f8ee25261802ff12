import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type OtherSide, oauthClient, startOtherSide } from "../../../test/donationalerts-side.ts";
import { endings } from "../../../test/endings.ts";
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

describe("the whole way", () => {
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
});
