import { afterEach, beforeEach, expect, test } from "bun:test";
import { DeliveryRoom, TestClient } from "../../../test/delivery-room.ts";
import type { Channel } from "../../access/directory.ts";
import { tuniformEndpoint } from "../tuniform/delivery.ts";
import { GuideVoice } from "./guide-feed.ts";

/** The guide's feed where it stands: beside Tuniform's, at `/ws`. */
let room: DeliveryRoom;
let channel: Channel;
let token: string;

beforeEach(async () => {
  room = new DeliveryRoom();
  channel = await room.channel("ana", await room.account("ana"), { title: "Ana plays" });
  token = await room.token(channel.id);
});
afterEach(() => room.close());

function endpoint() {
  const feeds = { guide: (of: Channel) => new GuideVoice(of, "none", room.log.epoch) };
  return tuniformEndpoint({
    ...room,
    directory: room.directory,
    hub: room.hub,
    log: room.log,
    clock: room.clock,
    feeds,
  });
}

test("donations come in the guide's frames, as pushed by DonationAlerts; there is no first frame", async () => {
  const client = await room.open(endpoint(), `/ws?token=${token}&feed=guide`);
  await room.event(channel.id, { origin: "donationalerts:9", externalId: "164405432" });
  const [frame = ""] = await client.got(1);
  expect(frame).toBe(
    `{"type":"donation","data":{"id":164405432,"name":"Donations","username":"Ana","message":"gg","message_type":"text","payin_system":null,"amount":5,"currency":"USD","is_shown":1,"amount_in_user_currency":5,"recipient_name":"Ana plays","recipient":{"user_id":${channel.id},"code":"ana","name":"Ana plays","avatar":""},"created_at":"2026-04-11 16:00:00","shown_at":null,"reason":"default"}}`,
  );
});

test("what is no donation, and history, are not said; a replay is the same donation again", async () => {
  const client = await room.open(endpoint(), `/ws?token=${token}&feed=guide`);
  await room.event(channel.id, { type: "follow", amount: null });
  await room.event(channel.id, {}, { arrival: "import" });
  const { id } = await room.event(channel.id);
  await room.replay(channel.id, id);
  const [first, again] = await client.got(2);
  expect(again).toBe(first as string);
  expect(await client.settled()).toHaveLength(2);
});

test("the page of the guide shows it: its own script, with only its address changed", async () => {
  const client = await room.open(endpoint(), `/ws?token=${token}&feed=guide`);
  await room.event(channel.id, { name: null, message: "" });
  const [data = ""] = await client.got(1);
  const message = JSON.parse(data);
  expect(message.type === "donation" && message.data).toBeTruthy();
  const donation = message.data;
  const sender = donation.username || donation.name || "Anonymous";
  expect(`${sender} donated ${donation.amount} ${donation.currency}: ${donation.message || ""}`).toBe(
    "Donations donated 5 USD: ",
  );
});

test("with after it resumes by cursors; a rename is in the next frame; both feeds are beside each other", async () => {
  const at = endpoint();
  const guide = await room.open(at, `/ws?token=${token}&feed=guide&after=head`);
  const tuniform = await room.open(at, `/ws?token=${token}`);
  await room.event(channel.id);
  const { cursor } = JSON.parse((await guide.got(1))[0] ?? "{}");
  expect(JSON.parse((await tuniform.got(2))[1] ?? "{}")).toMatchObject({ type: "donation", sender_username: "Ana" });
  await room.event(channel.id, { name: "Bo" });
  const back = await room.open(at, `/ws?token=${token}&feed=guide&after=${cursor}`);
  expect(JSON.parse((await back.got(1))[0] ?? "{}")).toMatchObject({ data: { username: "Bo" } });
});

test("without a token, with a wrong one, and for a feed that there is not: refused", async () => {
  const at = endpoint();
  expect(await room.refusal(at, "/ws?feed=guide")).toMatchObject({
    status: 401,
    body: "Missing 'token' query parameter",
  });
  expect(await room.refusal(at, `/ws?feed=guide&token=${"0".repeat(64)}`)).toMatchObject({
    status: 401,
    body: "Invalid or expired token",
  });
  for (const feed of ["guides", "constructor"]) {
    expect(await room.refusal(at, `/ws?feed=${feed}&token=${token}`)).toMatchObject({ status: 400 });
  }
  expect(await room.dial(at, `/ws?feed=guide&token=${token}`)).toBeInstanceOf(TestClient);
});
