import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@tipwire/client";
import { chromiumPath, launchChromium } from "./chromium.ts";
import { freePort } from "./donationalerts-side.ts";
import { openPage } from "./pages.ts";
import { consentInSandbox, Person } from "./person.ts";
import { api, type Program, startProgram } from "./program.ts";
import { programFile } from "./program-file.ts";
import { type SandboxProgram, startSandboxProgram } from "./sandbox-program.ts";

/** What the sandbox prints is put where it says, by somebody who knows nothing else. */
const folder = mkdtempSync(join(tmpdir(), "tipwire-journey-"));
let sandbox: SandboxProgram;
let program: Program;

beforeAll(async () => {
  const port = await freePort();
  sandbox = await startSandboxProgram(["--redirect-uri", `http://localhost:${port}/api/auth/donationalerts/callback`]);
  const lines = Object.entries(sandbox.guide.env).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(join(folder, ".env"), lines.join(""));
  program = await startProgram({ port, args: ["--config", join(folder, ".env")] });
});
afterAll(async () => {
  await program.stop();
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});

test.skipIf(chromiumPath === undefined)(
  "in a browser: login button, consent, live; a donation on the sandbox's page is on ours within a second",
  async () => {
    await using browser = await launchChromium();
    const { context, page, complaints } = await openPage(browser);
    const { url } = await api<{ url: string }>(program, "POST", "/channels/main/login");
    await page.goto(url);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.goto(program.url);
    await page.getByRole("link", { name: "Login with DonationAlerts" }).click();
    await page.getByRole("button", { name: "Ana" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL(`${program.url}/`);
    await page.locator(".card", { hasText: "Ana" }).getByText("Live").waitFor();
    const donating = await context.newPage();
    await donating.goto(sandbox.url);
    await donating.getByRole("radio", { name: "Ana" }).check();
    await donating.getByLabel("Amount").fill("7.25");
    const events = await fetch(`${program.url}/v1/channels/main/events`, {
      headers: { authorization: `Bearer ${program.key}`, accept: "text/event-stream" },
    });
    const feed = events.body?.getReader();
    await feed?.read();
    const given = performance.now();
    await donating.getByRole("button", { name: "Donate" }).click();
    expect(new TextDecoder().decode((await feed?.read())?.value)).toContain('"value":"7.25"');
    expect(performance.now() - given).toBeLessThan(1000);
    await feed?.cancel();
    await page.bringToFront();
    await page.locator(".events li").first().locator(".money", { hasText: "€7.25" }).waitFor();
    expect(complaints).toEqual([]);
  },
);

test("lines, login and commands: a donation in the sandbox comes in by all three platforms", async () => {
  const login = `${program.url}/api/auth/donationalerts/login?channel=main`;
  const { url } = await consentInSandbox(new Person(), login, "Ana");
  expect(url.searchParams.get("status")).toBe("success");
  for (const command of Object.values(sandbox.guide.creators[0]?.commands ?? {})) expect(await typed(command)).toBe(0);
  while (!(await allLive())) await Bun.sleep(20);

  const headers = { authorization: `Bearer ${program.key}` };
  await sandbox.donate({ creator: "ana", name: "Ada", amount: "5.00", currency: "EUR", message: "Hello!" });
  const events: Page["events"][number][] = [];
  for (let after = "oldest"; events.length < 3; ) {
    const read = await fetch(`${program.url}/v1/channels/main/events?wait=5&after=${after}`, { headers });
    const page = (await read.json()) as Page;
    // The donation of the other test may be among them, as history too.
    events.push(...page.events.filter(({ message }) => message === "Hello!"));
    after = page.cursor;
  }
  const { userId } = sandbox.ana;
  expect(events.map(({ origin }) => origin).toSorted()).toEqual([
    `donationalerts:${userId}`,
    expect.stringContaining("pally:"),
    `tuniform:${userId}`,
  ]);
  for (const event of events) {
    expect(event).toMatchObject({ name: "Ada", message: "Hello!", arrival: "live", amount: { value: "5.00" } });
  }
});

async function typed(command: string): Promise<number> {
  const here = command.replace("npx tipwire", `'${process.execPath}' --no-env-file '${programFile}'`);
  const env = { ...process.env, TIPWIRE_DATA_DIR: program.dataDir };
  return Bun.spawn(["sh", "-c", here], { cwd: folder, env, stdout: "ignore", stderr: "ignore" }).exited;
}

async function allLive(): Promise<boolean> {
  const headers = { authorization: `Bearer ${program.key}` };
  const answer = await (await fetch(`${program.url}/v1/connections`, { headers })).json();
  const { connections } = answer as { connections: readonly { status: string }[] };
  return connections.length === 3 && connections.every(({ status }) => status === "live");
}
