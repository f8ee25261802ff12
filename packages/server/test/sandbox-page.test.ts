import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { faultKinds, noFaults } from "../src/sandbox/faults.ts";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { type SandboxProgram, startSandboxProgram } from "./sandbox-program.ts";

describe.skipIf(chromiumPath === undefined)("the donate page", () => {
  let sandbox: SandboxProgram;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    sandbox = await startSandboxProgram();
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("pageerror", ({ message }) => complaints.push(message));
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${sandbox.url}/`);
  });
  afterAll(async () => {
    await browser.close();
    await sandbox.stop();
  });

  test("by keyboard alone: to whom, how much, Enter; and it says what came of it", async () => {
    const reader = await sandbox.tuniform();
    await page.getByRole("radio", { name: "Ana" }).focus();
    await page.getByLabel("Amount").press("ControlOrMeta+a");
    await page.keyboard.type("7,25");
    await page.keyboard.press("Enter");
    await page.getByText("Ana was given 7.25 EUR.").waitFor();
    expect(JSON.parse(await reader.next())).toMatchObject({ amount: 7.25, sender_username: "Ada" });
    await page.getByLabel("Message").fill("From the message");
    await page.getByLabel("Message").press("Control+Enter");
    expect(JSON.parse(await reader.next())).toMatchObject({ message: "From the message" });
    if (process.env["TIPWIRE_UPDATE_DOCS"] === "1") {
      const path = join(import.meta.dir, "../../../docs/images/sandbox.png");
      await page.screenshot({ path });
    }
    reader.socket.terminate();
  });

  test("many at once, and what is refused is said", async () => {
    await page.getByRole("radio", { name: "Boris" }).press("Space");
    await page.getByRole("button", { name: "100", exact: true }).click();
    await page.getByText(/^Boris was given 100 times 7\.25 EUR, in \d+ ms\.$/).waitFor();
    await page.getByLabel("Amount").fill("no money");
    await page.getByRole("button", { name: "Donate" }).click();
    await page.getByText("The amount is not a positive decimal number such as 5.00.").waitFor();
    await page.getByLabel("Amount").fill("5.00");
  });

  test("every switch is there, does what it says at once, and is off again", async () => {
    for (const { title } of Object.values(faultKinds)) expect(await page.getByLabel(title).count()).toBe(1);
    await page.getByLabel("Lose frames").fill("25");
    await page.getByText("Lose frames: 25 %.").waitFor();
    await page.getByLabel("Retry-After of a 429").fill("4");
    await page.getByLabel("Retry-After of a 429").blur();
    await page.getByText("Retry-After of a 429: 4.").waitFor();
    expect((await sandbox.state()).faults).toMatchObject({ drop: 0.25, retryAfter: 4 });
    await page.getByRole("button", { name: "Behave well again" }).click();
    await page.getByText("Every switch is off.").waitFor();
    expect((await sandbox.state()).faults).toEqual(noFaults);
  });

  test("closes the sockets that it counts", async () => {
    const reader = await sandbox.tuniform();
    await page.getByText("1 socket connected").waitFor();
    await page.getByLabel("Close all sockets with").selectOption("3005");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    expect((await reader.ended).code).toBe(3005);
    await page.getByText("1 socket closed with 3005.").waitFor();
    await page.getByText("Nobody is connected").waitFor();
  });

  test("shows what to put where, to the letter", async () => {
    const blocks = await page.locator("#guide code").allTextContents();
    const lines = Object.entries(sandbox.guide.env).map(([name, value]) => `${name}="${value}"`);
    expect(blocks[0]?.split("\n")).toEqual(lines);
    expect(blocks.slice(1).flatMap((block) => block.split("\n"))).toEqual(
      sandbox.guide.creators.flatMap(({ commands }) => Object.values(commands)),
    );
    expect(complaints.filter((each) => !each.includes("400"))).toEqual([]);
  });
});
