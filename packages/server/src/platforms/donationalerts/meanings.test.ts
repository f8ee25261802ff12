import { describe, expect, test } from "bun:test";
import { closeReason, type Disconnect, disconnects, replyErrors } from "./centrifugo.ts";
import { closeMeanings, endOfClose, endOfError, errorMeanings } from "./meanings.ts";

const stopping = (table: typeof errorMeanings) =>
  Object.entries(table).flatMap(([code, { status }]) => (status === "stop" ? [Number(code)] : []));

describe("errors", () => {
  test("every one that Centrifugo 2.2.1 has, and those of later versions, is in the table", () => {
    const codes = Object.values(replyErrors).map(({ code }) => code);
    expect(Object.keys(errorMeanings).map(Number)).toEqual(expect.arrayContaining([100, ...codes, 111, 112]));
  });

  test("only what will be the same next time stops the source", () => {
    expect(stopping(errorMeanings)).toEqual([102, 104, 107, 108]);
  });

  test("says what was refused, and why; another code is worth another try", () => {
    expect(endOfError("subscribe", 109, "token expired")).toEqual({
      status: "retry",
      reason: "DonationAlerts refused to subscribe: the token has expired (error 109).",
    });
    expect(endOfError("connect", 107, "bad request")).toMatchObject({ status: "stop" });
    expect(endOfError("connect", 555, "<b>\n")).toEqual({
      status: "retry",
      reason: "DonationAlerts refused to connect: <b> (error 555).",
    });
    expect(endOfError("subscribe", 103, "")).toMatchObject({ status: "retry", after: 60_000 });
  });
});

describe("closes", () => {
  test("every one of Centrifugo 2.2.1 and of version 4 is in the table", () => {
    const codes = Object.values(disconnects).map(({ code }) => code);
    const others = [3000, 3009, 3011, 3013, 3500, 3501, 3502, 3503, 3504, 3505, 3506, 3507];
    expect(Object.keys(closeMeanings).map(Number)).toEqual(expect.arrayContaining([...codes, ...others]));
  });

  test("only what will be the same next time stops the source", () => {
    expect(stopping(closeMeanings)).toEqual([1002, 1003, 3003, 3501, 3506]);
  });

  test.each(Object.keys(disconnects) as Disconnect[])("%s, as our server says it", (how) => {
    const { code } = disconnects[how];
    const { status, reason } = endOfClose(code, closeReason(how));
    expect(status).toBe(how === "badRequest" ? "stop" : "retry");
    expect(reason).toEndWith(`(code ${code}).`);
  });

  test.each([
    [1000, "", "retry"],
    [1001, "", "retry"],
    [1006, "", "retry"],
    [1011, "", "retry"],
    [1012, "", "retry"],
    [1013, "", "retry"],
    [4321, "whatever", "retry"],
    [4321, '{"reason":"maintenance","reconnect":true}', "retry"],
    [4321, '{"reason":"banned","reconnect":false}', "stop"],
    [4321, "null", "retry"],
    [4321, "[1]", "retry"],
    [3003, "plain text", "stop"],
    [3012, closeReason("forceDisconnect"), "retry"],
  ] as const)("%d %p: %s", (code, reason, status) => {
    expect(endOfClose(code, reason).status).toBe(status);
  });

  test("a reason of theirs is one short line", () => {
    const { reason } = endOfClose(4000, JSON.stringify({ reason: `a\n\u0000${"b".repeat(500)}` }));
    expect(reason).toBe(`DonationAlerts closed the connection: a ${"b".repeat(98)} (code 4000).`);
  });

  test("a forced disconnect waits a little: whether the access was taken back is told by the next request", () => {
    expect(endOfClose(3012, "")).toMatchObject({ status: "retry", after: 2000 });
  });
});
