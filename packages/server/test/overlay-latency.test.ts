import { expect, test } from "bun:test";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { startProgram } from "./program.ts";
import { openScreen } from "./screen-page.ts";

test.skipIf(chromiumPath === undefined)("the first frame is painted soon after the append", async () => {
  const [program, browser] = await Promise.all([startProgram(), launchChromium()]);
  const screen = await openScreen(browser, program, "quick");
  await screen.api.changeSettings("quick", { time: { pause: 0 } });
  await screen.api.publishSettings("quick");
  const waits: number[] = [];
  for (let i = 0; i < 15; i++) {
    const began = Date.now();
    const event = await screen.send(`Donor ${i}`);
    await screen.sees(`Donor ${i}`);
    let started: string | undefined;
    while (started === undefined) {
      started = (await screen.api.receipts("quick", event)).find(({ step }) => step === "started")?.at;
    }
    waits.push(Date.parse(started) - began);
    await screen.api.controlStage("quick", { action: "skip" });
    await screen.page.locator(".alert").waitFor({ state: "detached" });
  }
  waits.sort((a, b) => a - b);
  console.log(`from append to first frame: p50 ${waits[7]} ms, longest ${waits.at(-1)} ms`);
  // Seven tenths of the goal of 50 ms is what a shared machine has to hold.
  expect(waits[7]).toBeLessThanOrEqual(50 / 0.7);
  await screen.close();
  await browser.close();
  await program.stop();
});
