import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { readConfig } from "../config.ts";
import { runCommand } from "./index.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tipwire-setup-"));
  file = join(folder, ".env");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A person at a terminal who types these. */
async function setup(
  typed: Partial<Record<"App ID" | "API Key", string>>,
  args: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const said = { stdout: "", stderr: "", asked: [] as string[] };
  const output = (name: "stdout" | "stderr") => ({
    isTTY: true,
    write: (text: string) => {
      said[name] += text;
    },
  });
  const answer = async (prompt: string) => {
    said.asked.push(prompt);
    return typed[prompt.replace(": ", "") as "App ID"] ?? "";
  };
  const context = {
    dataDir: folder,
    env,
    stdout: output("stdout"),
    stderr: output("stderr"),
    signal: new AbortController().signal,
    now: Date.now,
    readLine: answer,
    readSecret: answer,
  };
  const code = await runCommand(["setup", "donationalerts", "--file", file, ...args], context);
  return { ...said, code };
}

const values = () => parseEnv(readFileSync(file, "utf8"));

test("names the page, its words and the redirect URL; asks for what is missing; writes what the server reads", async () => {
  const { code, stdout, asked } = await setup({ "App ID": "1234", "API Key": "sEcReT" });
  expect([code, asked]).toEqual([0, ["App ID: ", "API Key: "]]);
  for (const word of [
    "https://www.donationalerts.com/application/clients",
    "CREATE NEW APP",
    "http://localhost:8000/api/auth/donationalerts/callback",
    "App ID",
    "API Key",
    "open http://localhost:8000 and press Login with DonationAlerts",
  ]) {
    expect(stdout).toContain(word);
  }
  expect(stdout).not.toContain("sEcReT");
  expect(values()).toMatchObject({
    APP_ID: "1234",
    API_KEY: "sEcReT",
    SESSION_SECRET_KEY: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const config = readConfig({ flags: [], env: {}, file: { path: file, values: values() }, usualDataDir: folder });
  expect(config).toMatchObject({
    donationAlertsAppId: "1234",
    donationAlertsApiKey: "sEcReT",
    donationAlertsRedirectUri: "http://localhost:8000/api/auth/donationalerts/callback",
    donationAlertsScopes: "oauth-user-show oauth-donation-subscribe oauth-donation-index",
  });
});

test("a .env of the guide is used as it is: nothing is asked, nothing is written", async () => {
  const guide = `# DonationAlerts Application Credentials
APP_ID="99"
API_KEY="key"
REDIRECT_URI="http://localhost:9000/api/auth/donationalerts/callback"
DA_SCOPES="oauth-user-show oauth-donation-subscribe"
SESSION_SECRET_KEY="s"
`;
  writeFileSync(file, guide, { mode: 0o644 });
  const { code, stdout, asked } = await setup({});
  expect([code, asked, readFileSync(file, "utf8")]).toEqual([0, [], guide]);
  expect(stdout).toContain("Everything is set");
  expect(stdout).toContain("http://localhost:9000/api/auth/donationalerts/callback");
  const config = readConfig({ flags: [], env: {}, file: { path: file, values: values() }, usualDataDir: folder });
  expect(config.donationAlertsScopes).toBe("oauth-user-show oauth-donation-subscribe");
});

test("only what is missing is asked for, and other lines stay as they are", async () => {
  writeFileSync(file, "# mine\nTIPWIRE_PORT=9100\nAPP_ID = 77 \nOTHER='x y'\n\n", { mode: 0o644 });
  const { asked } = await setup({ "API Key": "k" });
  expect(asked).toEqual(["API Key: "]);
  expect(readFileSync(file, "utf8")).toStartWith(
    '# mine\nTIPWIRE_PORT=9100\nAPP_ID="77"\nOTHER=\'x y\'\nAPI_KEY="k"\n',
  );
  expect(values()["REDIRECT_URI"]).toBe("http://localhost:9100/api/auth/donationalerts/callback");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("--again asks anew; another App ID wants its API Key", async () => {
  writeFileSync(file, "APP_ID=1\nAPI_KEY=old\nSESSION_SECRET_KEY=s\n");
  await setup({ "App ID": "2", "API Key": "new" }, ["--again"]);
  expect(values()).toMatchObject({ APP_ID: "2", API_KEY: "new", SESSION_SECRET_KEY: "s" });
  const { asked } = await setup({ "API Key": "newer" }, ["--app-id", "3"]);
  expect([asked, values()["API_KEY"]]).toEqual([["API Key: "], "newer"]);
});

test("for programs: one JSON object and no key in it", async () => {
  const { stdout } = await setup({ "API Key": "k3y" }, ["--app-id", "3", "--json"], {
    TIPWIRE_PUBLIC_URL: "https://tips.example/",
  });
  expect(JSON.parse(stdout)).toMatchObject({
    file,
    changed: true,
    appId: "3",
    redirectUri: "https://tips.example/api/auth/donationalerts/callback",
  });
  expect(stdout).not.toContain("k3y");
});

test.each([
  ["nothing typed", {}, "--app-id ID is missing."],
  ["no key", { "App ID": "1" }, "The API Key is missing."],
  ["two words", { "App ID": "1 2" }, "That is no App ID"],
  ["a line of the file in it", { "App ID": "1", "API Key": 'a"\nPORT=1' }, "That is no API Key"],
])("%s: wrong use, and nothing is written", async (_, typed, message) => {
  const { code, stderr } = await setup(typed);
  expect([code, existsSync(file)]).toEqual([2, false]);
  expect(stderr).toContain(message);
});
