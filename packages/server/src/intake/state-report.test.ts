import { expect, test } from "bun:test";
import { VirtualClock } from "../../test/virtual-clock.ts";
import type { ConnectionState } from "./connection.ts";
import { StateReport } from "./state-report.ts";

/** A report to a store that answers each write as it is told here, and then takes everything. */
function report(...answers: (boolean | Error)[]) {
  const clock = new VirtualClock();
  const stored: ConnectionState[] = [];
  let tries = 0;
  const write = async (state: ConnectionState) => {
    tries++;
    const answer = answers.shift() ?? true;
    if (answer instanceof Error) throw answer;
    if (answer) stored.push(state);
    return answer;
  };
  const made = new StateReport({ clock, state: undefined, write, turned: () => undefined });
  return { clock, stored, tries: () => tries, report: made };
}

const away = () => new Error("the store is away");
const needsLogin = { status: "needs-authorization", reason: "Log in again." } as const;

test("what could not be written is written a second later, though nothing else is said", async () => {
  const { clock, stored, tries, report: made } = report(away(), away());
  made.say(needsLogin);
  await clock.pass(1999);
  expect([tries(), stored]).toEqual([2, []]);
  await clock.pass(1);
  expect(stored).toMatchObject([needsLogin]);
  await clock.pass(60_000);
  expect(tries()).toBe(3);
});

test("a write that succeeds meanwhile leaves nothing to try again", async () => {
  const { clock, stored, tries, report: made } = report(away());
  made.say({ status: "waiting", reason: "x" });
  await clock.pass(500);
  made.say(needsLogin);
  await clock.pass(60_000);
  expect(tries()).toBe(2);
  expect(stored).toMatchObject([needsLogin]);
});

test("a write that is refused, since another node holds the connection, is not tried again", async () => {
  const { clock, tries, report: made } = report(false);
  made.say(needsLogin);
  await clock.pass(60_000);
  expect(tries()).toBe(1);
});

test("after the end nothing is tried, neither what failed before nor what fails last", async () => {
  const { clock, tries, report: made } = report(away(), away(), away());
  made.say(needsLogin);
  await clock.pass(0);
  made.say({ status: "stopped", reason: "" });
  await made.finish();
  await clock.pass(60_000);
  expect(tries()).toBe(2);
});
