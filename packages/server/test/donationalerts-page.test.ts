import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closeReason, type Disconnect, disconnects } from "../src/platforms/donationalerts/centrifugo.ts";
import { type Application, application, Browser, donate } from "./donationalerts-world.ts";
import { type Program, startProgram } from "./program.ts";

/** Runs what `docs/platforms/donationalerts-compatible.md` says, block by block, as it stands there. */
const root = join(import.meta.dir, "../../..");
const page = readFileSync(join(root, "docs/platforms/donationalerts-compatible.md"), "utf8");
const back = "http://localhost:9000/back";

let program: Program;
let app: Application;

beforeAll(async () => {
  program = await startProgram();
  app = await application(program, "Song Bot", back);
  await donate(program, "main", { name: "Ada", amount: "5.00", currency: "EUR" });
});

afterAll(() => program.stop());

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text);
}

/** The page's addresses, with this test's server behind them. */
function here(text: string): string {
  return text.replaceAll("http://localhost:8000", program.url);
}

/** Keys in their order, with the type of each value, however deep. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.entries(value).map(([key, each]) => [key, shape(each)]);
}

test("curl: each command, in the page's order, is answered with the JSON that stands under it", async () => {
  const browser = new Browser(program);
  await browser.signIn("main");
  const asked = {
    client_id: app.clientId,
    redirect_uri: back,
    response_type: "code",
    scope: "oauth-user-show oauth-donation-index oauth-donation-subscribe oauth-custom_alert-store",
  };
  const code = (await browser.consent(asked)).searchParams.get("code") ?? "";
  const known: Record<string, string> = { CLIENT_ID: app.clientId, CLIENT_SECRET: app.clientSecret, CODE: code };
  const commands = blocks("sh").filter((block) => block.startsWith("curl"));
  const answers = blocks("json");
  expect(commands.length).toBe(answers.length);
  for (const [i, command] of commands.entries()) {
    const child = Bun.spawn(["bash", "-c", here(command)], { env: { ...process.env, ...known }, stdout: "pipe" });
    const text = await new Response(child.stdout).text();
    const answer = JSON.parse(text) as Record<string, unknown>;
    expect([command, shape(answer)]).toEqual([command, shape(JSON.parse(answers[i] ?? ""))]);
    if (typeof answer["access_token"] !== "string") continue;
    known["ACCESS_TOKEN"] = answer["access_token"];
    known["REFRESH_TOKEN"] = String(answer["refresh_token"]);
  }
});

test("the consent address is taken", async () => {
  const [address = ""] = /^http:\/\/localhost:8000\/oauth\/authorize\?.*$/m.exec(page) ?? [];
  expect((await fetch(here(address), { redirect: "manual" })).status).toBe(401);
});

test("npx tipwire: the commands that it names", async () => {
  const { accessToken } = await program.tipwireJson<{ accessToken: string }>(
    "app",
    "token",
    "Song Bot",
    "--channel",
    "main",
  );
  expect(accessToken).toStartWith("twa_");
  const [, ...words] = /^npx (tipwire .*)$/m.exec(blocks("sh")[0] ?? "")?.[1]?.match(/"[^"]*"|\S+/g) ?? [];
  const created = await program.tipwire(...words.map((word) => word.replace(/^"Song Bot"$/, "Another Bot")));
  expect(created.stdout).toContain("Client secret (API Key, shown only now): tws_");
});

test("JavaScript: twenty lines that print a donation as it happens", async () => {
  const [script = ""] = blocks("js");
  expect(
    script
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "").length,
  ).toBeLessThanOrEqual(20);
  const { accessToken } = await program.tipwireJson<{ accessToken: string }>(
    "app",
    "token",
    "Song Bot",
    "--channel",
    "main",
  );
  const child = Bun.spawn(["node", "--input-type=module", "-e", here(script)], {
    cwd: root,
    env: { ...process.env, ACCESS_TOKEN: accessToken },
    stdout: "pipe",
    stderr: "inherit",
  });
  const printed = child.stdout.getReader().read();
  let waiting = true;
  void printed.then(() => {
    waiting = false;
  });
  // Until it is subscribed nobody is told of anything.
  while (waiting) {
    await donate(program, "main", { name: "Ada", amount: "5.00", currency: "EUR", message: "Hello!" });
    await Bun.sleep(100);
  }
  const { value } = await printed;
  expect(new TextDecoder().decode(value).split("\n")[0]).toBe("Ada: 5 EUR Hello!");
  child.kill();
  await child.exited;
});

test("every close that the server makes is in the table, with its reason", () => {
  for (const [how, { code, reconnect }] of Object.entries(disconnects)) {
    const [row = ""] = new RegExp(`^\\| ${code} \\|.*$`, "m").exec(page) ?? [];
    expect([how, row]).toEqual([how, expect.stringContaining(`\`${closeReason(how as Disconnect)}\``)]);
    expect([how, row.includes("| yes")]).toEqual([how, reconnect]);
  }
});
