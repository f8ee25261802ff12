/**
 * The log must not hold what is somebody's secret or somebody's words. Canaries go through every address, also where it
 * fails, and nothing of them may be in anything that the program prints.
 */

import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type Program, startProgram } from "./program.ts";
import { RawConnection } from "./raw-connection.ts";
import { handshakeText, RawWebSocket } from "./raw-websocket.ts";
import { StagePage } from "./stage-page.ts";
import { frame } from "./websocket-frames.ts";

const running: Program[] = [];
afterAll(() => Promise.all(running.map((program) => program.stop())));

/** Words that occur nowhere else. */
const said = {
  name: "Canarina Donor",
  message: "canary-message: happy birthday from c.donor@canary.example",
  title: "Canary Title",
  body: "canary-rubbish",
  header: "canary-header",
};

interface Told {
  readonly program: Program;
  /** Keys and tokens, good, revoked and made up. */
  readonly secrets: readonly string[];
}

async function tell(format: "json" | "text"): Promise<Told> {
  const program = await startProgram({ args: ["--log", format, "--log-level", "debug", "--auth-seconds", "1"] });
  running.push(program);
  const { url, key, port } = program;
  const auth = (secret: string) => ({ authorization: `Bearer ${secret}` });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = auth(key)) => {
    const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url + path, { method, body: text, headers });
    const answer = await response.text();
    return (answer.startsWith("{") ? JSON.parse(answer) : {}) as Record<string, string>;
  };

  const { streamToken = "" } = await call("POST", "/v1/channels", { slug: "ana", title: said.title });
  const { key: revoked = "", id: revokedId } = await call("POST", "/v1/keys", { name: said.name });
  await call("DELETE", `/v1/keys/${revokedId}`);
  const { key: reader = "" } = await call("POST", "/v1/keys", { name: said.name });
  const madeUp = `tw_1_${"c0ffee".repeat(11).slice(0, 64)}_0000000`;
  const madeUpToken = "cafe".repeat(16);
  const stageKeys = await makeStageKeys(call);
  const madeUpKeys = ["twd", "twc", "twa"].map((kind) => `${kind}_${"beef".repeat(16)}`);
  const secrets = [key, streamToken, revoked, reader, madeUp, madeUpToken, ...Object.values(stageKeys), ...madeUpKeys];
  const events = "/v1/channels/ana/events";
  const event = { name: said.name, message: said.message, amount: "5.00", currency: "EUR", externalId: said.body };

  const { id } = await call("POST", events, event);
  await call("POST", events, { ...event, amount: said.message });
  await call("POST", events, { ...event, currency: said.body });
  await call("POST", events, `{"message":"${said.message}"`);
  await call("POST", events, { ...event, message: said.message.repeat(3000) });
  await call("POST", `${events}/${id}/replay`, undefined, { ...auth(key), "idempotency-key": said.header });
  await call("POST", `${events}/${said.body}/replay`);
  for (const format of ["pally", "tuniform", "donationalerts", "jsonl", said.body]) {
    const lines = [said.message, JSON.stringify(event)].map((text, line) => ({ line, text }));
    await call("POST", "/v1/channels/ana/import", { format, session: said.body, lines });
  }
  for (const secret of [...secrets, said.body, ""]) {
    const more = { ...auth(secret), "x-forwarded-for": "192.0.2.9", "user-agent": said.header, cookie: said.header };
    for (const path of [events, "/v1/me", "/v1/server", "/v1/accounts", "/v1/keys", "/metrics", "/v1/channels/ana"]) {
      await call("GET", path, undefined, more);
    }
    await call(
      "GET",
      `/v1/channels/${encodeURIComponent(said.message)}/events?after=${said.body}`,
      undefined,
      auth(secret),
    );
    await call("PATCH", "/v1/channels/ana", { title: said.title, url: said.body }, auth(secret));
    await call("PUT", `/v1/channels/ana/members/${encodeURIComponent(said.name)}`, { role: said.body }, auth(secret));
    // A secret where none belongs, as somebody in a hurry pastes it.
    await call("GET", `/v1/channels/${secret}/events`, undefined, {
      ...auth(said.body),
      "x-forwarded-for": "192.0.2.8",
    });
    await call("GET", `/v1/channels/${secret}/events`, undefined, auth(said.body));
    await (await fetch(`${url}/ws?token=${secret}&after=${said.body}`)).text();
    for (const path of [
      `/ws?token=${secret}`,
      `/?auth=${secret}&channel=activity-feed&room=ana`,
      `/?auth=${secret}&channel=${said.body}`,
      `/v1/channels/ana/events?after=${said.body}`,
      `/v1/channels/${secret || "x"}/events`,
    ]) {
      for (const headers of [{}, { Authorization: `Bearer ${secret || "x"}` }]) {
        const socket = await RawWebSocket.open(port, { path, headers });
        if (socket.answer.status === 101) {
          socket.send(frame(JSON.stringify({ type: "auth", token: secret })));
          socket.send(frame(JSON.stringify({ type: "echo", payload: said.message })));
          socket.send(frame(said.message, { masked: false }));
          await socket.ended();
        }
        socket.terminate();
      }
    }
  }
  await useStageKeys(program, stageKeys, secrets);
  for (const bytes of [
    `GET /${said.body} HTTP/1.1\r\nHost: ${said.header} x\r\nAuthorization: Bearer ${key}\r\n\r\n`,
    `${said.body} / HTTP/9\r\n\r\n`,
    `POST ${events} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 999\r\n\r\n${said.message}`,
    handshakeText({ path: `/ws?token=${streamToken}`, headers: { "Sec-WebSocket-Key": said.header } }),
  ]) {
    const connection = await RawConnection.open(port);
    connection.write(bytes);
    connection.finish();
    await Promise.race([connection.ended, Bun.sleep(100)]);
    connection.terminate();
  }
  await faultWithin(program, () => call("POST", events, { ...event, externalId: `${said.body}-2` }));
  return { program, secrets };
}

/** The keys of a stage: a screen's, one for every control, and one for a single action. */
interface StageSecrets {
  readonly display: string;
  readonly control: string;
  readonly action: string;
}

type Call = (method: string, path: string, body?: unknown) => Promise<Record<string, string>>;

async function makeStageKeys(call: Call): Promise<StageSecrets> {
  const { url: link = "" } = await call("POST", "/v1/channels/ana/overlays", { screen: said.title });
  const keys = "/v1/channels/ana/stages/main/keys";
  const { key: control = "" } = await call("POST", keys, { name: said.name });
  const { url: address = "" } = await call("POST", keys, { name: said.name, action: "mute" });
  const made = { display: link.split("#")[1] ?? "", control, action: address.split("/").at(-1) ?? "" };
  expect(Object.values(made).map((secret) => secret.slice(0, 4))).toEqual(["twd_", "twc_", "twa_"]);
  return made;
}

/** Whatever takes a key of a stage, with every secret there is: each works where it belongs, and is refused elsewhere. */
async function useStageKeys({ url }: Program, { display, control, action }: StageSecrets, secrets: readonly string[]) {
  const report = { type: "failed", showing: said.body, at: 0, reason: said.message } as const;
  const status = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(url + path, init);
    await response.text();
    return response.status;
  };
  for (const secret of secrets) {
    expect(await status(`/v1/do/${secret}`)).toBe(secret === action ? 200 : 401);
    await status(`/v1/do/${secret}`, { headers: { "sec-purpose": "prefetch" } });
    const headers = { authorization: `Bearer ${secret}` };
    const body = JSON.stringify({ action: "pause" });
    const steered = await status("/v1/channels/ana/stages/main/control", { method: "POST", headers, body });
    if (secret === control) expect(steered).toBe(200);

    const page = new StagePage({ url, link: secret, reports: [report] });
    if (secret === display) await page.frame("noted");
    else expect((await page.ended()).code).toBe(4501);
    page.say({ type: said.body, reason: said.message } as never);
    await page.ended();
    const asked = { hello: { ...page.hello, copy: crypto.randomUUID() }, messages: [report], after: null, wait: 0 };
    const ask = (text: string) => status("/overlay/feed", { method: "POST", body: text });
    expect(await ask(JSON.stringify(asked))).toBe(secret === display ? 200 : 401);
    expect(await ask(JSON.stringify({ ...asked, wait: said.body }))).toBe(400);
  }
}

/** A fault of our own: the table that events go to is not there for a moment. */
async function faultWithin(program: Program, during: () => Promise<Record<string, string>>): Promise<void> {
  const database = new Database(join(program.dataDir, "tipwire.db"));
  database.run("PRAGMA busy_timeout = 5000");
  database.run("ALTER TABLE record RENAME TO record_away");
  const { code } = await during();
  database.run("ALTER TABLE record_away RENAME TO record");
  database.close();
  expect(["internal", "storage_failed"]).toContain(code ?? "");
}

function expectNoneOf(printed: string, { program, secrets }: Told): void {
  // The overlay's link with the first channel's own token, which nobody else is told, is the greeting's purpose.
  expect(printed.length).toBeGreaterThan(1000);
  const words = [...Object.values(said), ...secrets.filter((secret) => secret !== "")];
  const found = words
    .flatMap((word) => [word, encodeURIComponent(word), word.slice(0, 24)])
    .filter((word) => printed.includes(word));
  expect(found).toEqual([]);
  expect(printed).not.toContain(program.key.slice(6, 40));
}

test("as JSON: every line of stderr is an object, and none holds a secret, a name or a message", async () => {
  const told = await tell("json");
  expectNoneOf(told.program.output(), told);
  const lines = told.program
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const levels = lines.map((line) => (JSON.parse(line) as { level: string; message: string }).level);
  expect(levels).toContain("WARN");
  expect(levels).toContain("ERROR");
  // What does not begin with a brace is the greeting on stdout.
  const others = told.program
    .output()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"));
  expect(others[0]).toStartWith("Listening on ");
  expect(others.at(-1)).toContain("Ctrl-C stops the server");
}, 60_000);

test("as text: none holds a secret, a name or a message", async () => {
  const told = await tell("text");
  expectNoneOf(told.program.output(), told);
  expect(told.program.output()).toContain("somebody failed to sign in");
}, 60_000);
