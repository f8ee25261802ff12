import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Program, runTipwire, startProgram } from "../../test/program.ts";
import { programFile } from "../../test/program-file.ts";
import { runCommand } from "./index.ts";

const fixtures = join(import.meta.dir, "../../test/fixtures");
let program: Program;
let folder: string;

beforeAll(async () => {
  program = await startProgram();
  folder = mkdtempSync(join(tmpdir(), "tipwire-cli-"));
});

afterAll(async () => {
  await program.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command in this process, as if at a terminal. */
async function atTerminal(argv: readonly string[], env: Record<string, string> = {}, now = Date.now) {
  const printed = { stdout: "", stderr: "", code: -1 };
  const output = (name: "stdout" | "stderr") => ({
    isTTY: true,
    columns: 100,
    write: (text: string) => {
      printed[name] += text;
    },
  });
  const { signal } = new AbortController();
  const { dataDir } = program;
  const typed = async () => "";
  const said = { readSecret: typed, readLine: typed };
  const context = { dataDir, env, stdout: output("stdout"), stderr: output("stderr"), signal, now, ...said };
  printed.code = (await runCommand(argv, context)) ?? -1;
  return printed;
}

/** A `tail` of its own, whose lines can be waited for. */
class Tail {
  readonly #child;
  #stdout = "";
  #stderr = "";
  #look = () => {};

  constructor(dataDir: string, ...args: string[]) {
    this.#child = Bun.spawn([process.execPath, "--no-env-file", programFile, "tail", ...args], {
      env: { ...process.env, TIPWIRE_DATA_DIR: dataDir, NO_COLOR: "1" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const read = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
      const decoder = new TextDecoder();
      for await (const bytes of stream) {
        take(decoder.decode(bytes, { stream: true }));
        this.#look();
      }
    };
    void read(this.#child.stdout, (text) => {
      this.#stdout += text;
    });
    void read(this.#child.stderr, (text) => {
      this.#stderr += text;
    });
  }

  told(text: string): Promise<void> {
    return this.#until(() => this.#stderr.includes(text));
  }

  async lines(count: number): Promise<readonly string[]> {
    await this.#until(() => this.#stdout.split("\n").length > count);
    return this.#stdout.trimEnd().split("\n");
  }

  async end(): Promise<number> {
    this.#child.kill("SIGINT");
    return this.#child.exited;
  }

  #until(fact: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => fact() && resolve();
      this.#look();
    });
  }
}

test("a channel from its making to its first events", async () => {
  const channel = await program.tipwireJson("channel", "create", "first", "--title", "First", "--kick-username", "k");
  expect(channel).toMatchObject({ slug: "first", title: "First", kickUsername: "k", id: expect.any(Number) });
  expect(channel["streamToken"]).toMatch(/^[0-9a-f]{64}$/);
  const changed = await program.tipwireJson("channel", "set", "first", "--title", "Changed");
  expect(changed).toMatchObject({ slug: "first", title: "Changed", kickUsername: "k" });
  const { stdout } = await program.tipwire("channel", "list");
  expect(stdout).toMatch(/^ID +SLUG +TITLE +KICK +ROLE\n/);
  expect(stdout).toMatch(/\d+ +first +Changed +k +administrator\n/);

  const sent = await program.tipwireJson<{ id: string; cursor: string }>(
    ...["send", "first", "--name", "Ada", "--amount", "5.00", "--currency", "EUR", "--message", "one\ntwo"],
    ...["--external-id", "x1", "--origin", "shop", "--fee", "0.30", "--net", "4.70", "--test"],
  );
  const again = await program.tipwireJson(
    ...["send", "first", "--amount", "5.00", "--currency", "EUR", "--external-id", "x1", "--origin", "shop"],
  );
  expect(again).toEqual({ ...sent, status: "duplicate" });
  await program.tipwireJson(
    ...["send", "first", "--type", "subscription", "--tier", "Gold", "--period", "monthly", "--duration", "30"],
    ...["--streak", "3", "--kick-username", "ada_k", "--avatar-url", "https://x.example/a.png", "--name", "Ada"],
  );
  const replayed = await program.tipwireJson("replay", "first", sent.id);
  expect(replayed["id"]).not.toBe(sent.id);

  const events = (await program.tipwire("export", "first")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toMatchObject([
    {
      id: sent.id,
      kind: "event",
      type: "donation",
      origin: "shop",
      externalId: "x1",
      name: "Ada",
      message: "one\ntwo",
      amount: { value: "5.00", minor: 500, exponent: 2, currency: "EUR" },
      fee: { value: "0.30" },
      net: { value: "4.70" },
      test: true,
    },
    { type: "subscription", tier: "Gold", period: "monthly", duration: 30, streak: 3, kickUsername: "ada_k" },
    { kind: "replay", replayOf: sent.id, externalId: "x1" },
  ]);
  expect(events.every((event) => !("cursor" in event))).toBe(true);
});

test("accounts, members, keys and tokens", async () => {
  expect(await program.tipwireJson("account", "create", "bob")).toMatchObject({ name: "bob", administrator: false });
  expect(
    (await program.tipwire("account", "list", "--json")).stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ name: "admin", administrator: true }, { name: "bob" }]);
  const { streamToken } = await program.tipwireJson("channel", "create", "team");
  expect((await program.tipwire("member", "add", "team", "bob", "--role", "moderator")).stdout).toContain(
    "bob is moderator of team",
  );
  const key = await program.tipwireJson<{ id: string; key: string }>("key", "create", "bot", "--account", "bob");
  expect(key).toMatchObject({ name: "bot", account: "bob", scopes: ["events:read"], channels: null });
  expect(key.key).toMatch(/^tw_[A-Za-z0-9_]+$/);
  const asBot = { TIPWIRE_URL: program.url, TIPWIRE_KEY: key.key };
  expect((await runTipwire(["channel", "list"], asBot)).stdout).toMatch(/team .*moderator/);
  expect(await runTipwire(["send", "team", "--amount", "1", "--currency", "EUR"], asBot)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("This key may not do that"),
  });
  await program.tipwireJson("member", "remove", "team", "bob");
  expect((await runTipwire(["channel", "list"], asBot)).stdout).toContain("There are no channels");
  await program.tipwireJson("key", "revoke", key.id);
  expect((await program.tipwire("key", "list")).stdout).toMatch(/bot .* \d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d\n/);
  expect(await runTipwire(["channel", "list", "--json"], asBot)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"code":"token_revoked"'),
  });

  const before = Date.now();
  const rotated = await program.tipwireJson<{ streamToken: string; earlierUntil: string }>(
    ...["token", "rotate", "team", "--grace", "10m"],
  );
  expect(rotated.streamToken).toMatch(/^[0-9a-f]{64}$/);
  expect(rotated.streamToken).not.toBe(streamToken as string);
  expect(Date.parse(rotated.earlierUntil) - before).toBeGreaterThanOrEqual(600_000 - 1000);
  expect(Date.parse(rotated.earlierUntil) - before).toBeLessThan(700_000);
});

test("status says where it runs; --json is one object", async () => {
  expect((await program.tipwire("status")).stdout).toContain(`Running at ${program.url}\n`);
  expect(await program.tipwireJson("status")).toMatchObject({ url: program.url, version: expect.any(String) });
});

test("wrong use ends with 2, and says what is right", async () => {
  for (const [argv, said] of [
    [["send"], "SLUG is missing."],
    [["send", "first", "second"], '"second" is one word too many.'],
    [["send", "first", "--amuont", "5"], "There is no flag --amuont. Did you mean --amount?"],
    [["send", "first", "--amount"], "--amount needs a value"],
    [["send", "first", "--test=yes"], "--test takes no value."],
    [["send", "first", "--type", "gift"], "--type must be one of donation"],
    [["send", "first", "--streak", "many"], "--streak must be a whole number"],
    [["import", "first", "file"], "--format F is missing."],
    [["import", "first", "file", "--format", "xml"], "--format must be one of donationalerts"],
    [["member", "add", "first", "bob", "--role", "king"], "--role must be owner or moderator"],
    [["key", "create", "k", "--scope", "all"], 'There is no scope "all"'],
    [["token", "rotate", "first", "--grace", "soon"], "--grace must be a time"],
    [["channel", "set", "first"], "What should change?"],
    [["channel", "crate", "first"], "Did you mean tipwire channel create?"],
    [["channel"], "channel needs one of: create, set, list."],
  ] as const) {
    const { code, stderr, stdout } = await atTerminal(argv);
    expect(stderr).toContain(said);
    expect(stderr).toContain("tipwire ");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  }
  const { stderr } = await atTerminal(["send", "--json"]);
  expect(JSON.parse(stderr)).toEqual({ code: "wrong_use", message: "SLUG is missing." });
  expect(await atTerminal(["dance"])).toMatchObject({ code: -1 });
});

test("every command explains itself", async () => {
  const { commandHelp } = await import("./index.ts");
  for (const { name, summary } of commandHelp) {
    const { code, stdout, stderr } = await atTerminal([...name.split(" "), "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toStartWith(`tipwire ${name}`);
    expect(stdout).toContain(summary);
    expect(stdout).toContain("--json");
  }
});

test("colours at a terminal, none where they are not wanted", async () => {
  expect((await atTerminal(["status"])).stdout).toContain("\u001b[32mRunning");
  expect((await atTerminal(["status"], { NO_COLOR: "1" })).stdout).toStartWith("Running at");
});

test("what the server refuses is a plain sentence and 1", async () => {
  expect(await program.tipwire("send", "nowhere", "--amount", "1", "--currency", "EUR")).toEqual({
    code: 1,
    stdout: "",
    stderr: "There is no such channel, or this key does not cover it.\n",
  });
  const { code, stderr } = await program.tipwire("tail", "nowhere", "--json");
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ code: "channel_unknown" });
});

test("where no server is, that is said", async () => {
  const absent = join(folder, "absent");
  expect(await runTipwire(["status"], { TIPWIRE_DATA_DIR: absent })).toEqual({
    code: 1,
    stdout: "",
    stderr: `Tipwire is not running here (no server.json in ${absent}). Start it with npm start, or set TIPWIRE_URL and TIPWIRE_KEY.\n`,
  });
  const url = "http://127.0.0.1:9";
  expect(await runTipwire(["status"], { TIPWIRE_URL: url, TIPWIRE_KEY: "tw_1_x" })).toMatchObject({
    code: 1,
    stderr: `No Tipwire answers at ${url}. Is it running? npm start starts it here.\n`,
  });
  expect((await runTipwire(["status"], { TIPWIRE_URL: url })).stderr).toContain("TIPWIRE_KEY is not");
  expect((await runTipwire(["status"], { TIPWIRE_URL: "nonsense", TIPWIRE_KEY: "k" })).stderr).toContain(
    "TIPWIRE_URL must",
  );
  const broken = mkdtempSync(join(folder, "broken-"));
  writeFileSync(join(broken, "server.json"), "{");
  expect((await runTipwire(["status", "--data-dir", broken], {})).stderr).toContain(
    "is not what a running Tipwire writes",
  );
});

test("the recorded files of every platform come in once, however often they are imported", async () => {
  await program.tipwireJson("channel", "create", "imported");
  for (const [file, format, stored, skipped] of [
    ["donationalerts-push.jsonl", "donationalerts", 1, 0],
    ["donationalerts-list.json", "donationalerts", 1, 0],
    ["pally-tips.jsonl", "pally", 2, 0],
    ["tuniform-session.jsonl", "tuniform", 2, 1],
  ] as const) {
    const take = () => program.tipwireJson("import", "imported", join(fixtures, file), "--format", format);
    expect(await take()).toMatchObject({ stored, duplicates: 0, skipped, unreadable: [] });
    expect(await take()).toMatchObject({ stored: 0, duplicates: stored, skipped, unreadable: [] });
  }
});

test("what export writes, import reads back identically", async () => {
  for (const slug of ["whole", "copy"]) await program.tipwireJson("channel", "create", slug);
  const texts = ["", "one\ntwo", "\u2028\u2029\u0085\u001b[31m", "日本語 🎁 ‏שלום", '"\\"'];
  const file = join(folder, "many.jsonl");
  const lines = Array.from({ length: 1234 }, (_, i) =>
    JSON.stringify({ externalId: `m${i}`, amount: "5.00", currency: "TND", name: `N${i}`, message: texts[i % 5] }),
  );
  writeFileSync(file, lines.join("\n"));
  await program.tipwireJson("import", "whole", file, "--format", "jsonl", "--live");
  const [first = "{}"] = (await program.tipwire("export", "whole")).stdout.split("\n");
  await program.tipwireJson("replay", "whole", JSON.parse(first).id);

  const out = join(folder, "whole.jsonl");
  expect((await program.tipwire("export", "whole", "--out", out)).stderr).toBe(`1235 lines written to ${out}.\n`);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  const { stdout } = await program.tipwire("export", "whole");
  expect(readFileSync(out, "utf8")).toBe(stdout);
  const taken = await program.tipwireJson("import", "copy", out, "--format", "jsonl");
  expect(taken).toMatchObject({ stored: 1235, duplicates: 0, unreadable: [] });
  expect((await program.tipwire("export", "copy")).stdout).toBe(stdout);
});

test("what cannot be read is named line by line, and the rest is stored", async () => {
  await program.tipwireJson("channel", "create", "partly");
  const file = join(folder, "partly.jsonl");
  const good = (id: string) => JSON.stringify({ externalId: id, amount: "1", currency: "EUR" });
  const tooLong = JSON.stringify("x".repeat(600_000));
  writeFileSync(file, `${good("a")}\n\nrubbish\n${good("b")}\n{"amount":"1"}\n${tooLong}\n${good("a")}\n`);
  const { code, stdout } = await program.tipwire("import", "partly", file, "--format", "jsonl");
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^stored +2\nalready there +1\nunreadable +3\n {2}line 3: .+\n {2}line 5: .+\n {2}line 6: It is longer/,
  );
});

test("import explains itself where a file is not of lines, not there, or comes through a pipe", async () => {
  const pretty = join(folder, "pretty.json");
  writeFileSync(pretty, JSON.stringify({ data: [{ id: 1 }] }, null, 2));
  expect(await program.tipwire("import", "main", pretty, "--format", "donationalerts")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`jq -c . ${pretty}`),
  });
  expect((await program.tipwire("import", "main", join(folder, "no"), "--format", "jsonl")).stderr).toContain(
    "there is no such file",
  );
  expect((await program.tipwire("import", "main", folder, "--format", "jsonl")).stderr).toContain("it is a directory");

  const child = Bun.spawn(
    [process.execPath, "--no-env-file", programFile, "import", "main", "-", "--format", "jsonl", "--json"],
    {
      env: { ...process.env, TIPWIRE_DATA_DIR: program.dataDir },
      stdin: new TextEncoder().encode('{"externalId":"piped","amount":"1","currency":"EUR"}\n'),
      stdout: "pipe",
    },
  );
  expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ stored: 1, unreadable: [] });
});

test("a long file shows how far it is, at a terminal", async () => {
  await program.tipwireJson("channel", "create", "long");
  const file = join(folder, "long.jsonl");
  writeFileSync(
    file,
    Array.from({ length: 1000 }, (_, i) => `{"externalId":"l${i}","amount":"1","currency":"EUR"}\n`).join(""),
  );
  let time = 0;
  const second = () => {
    time += 1000;
    return time;
  };
  const { code, stderr, stdout } = await atTerminal(
    ["import", "long", file, "--format", "jsonl"],
    { NO_COLOR: "1" },
    second,
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(/\r█+░+ +\d+ % {2}200 lines, 200 lines\/s/);
  expect(stderr).toMatch(/100 % {2}1000 lines/);
  expect(stderr).toEndWith("\r\u001b[K");
  expect(stdout).toMatch(/^stored +1000\n/);
});

test("a stage from the terminal: settings by their names, put on stream, restored; keys; and its removal is asked for", async () => {
  const at = (...argv: string[]) => atTerminal(argv, { NO_COLOR: "1" });
  await at("channel", "create", "staged");
  await at("overlay", "create", "staged");
  const set = await at("stage", "set", "staged", "time.pause=2", "who.showFrom.USD=3", "late.holdUntilLive=on");
  expect(set.stdout).toBe(
    "time.pause  1 → 2\nlate.holdUntilLive  off → on\nwho.showFrom.USD  – → 3\nDraft saved. On stream with: tipwire stage put-on-stream staged\n",
  );
  expect((await at("stage", "settings", "staged", "--only", "time.p")).stdout).toMatch(
    /^SETTING +ON STREAM +DRAFT\ntime.pause +1 +2\n\nThe draft is not on stream: tipwire stage put-on-stream staged\n$/,
  );
  for (const [wrong, code, said] of [
    ["look.look=neon", 1, /^look\.look: .*"wire"\|"headline"\|"sticker"\|"arcade"\|"velvet"/],
    ["time.most=500", 1, /^time\.most: .*120/],
    ["time.mots=5", 2, /Did you mean time\.most\?/],
  ] as const) {
    const refused = await at("stage", "set", "staged", wrong);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringMatching(said)]);
  }
  expect((await at("stage", "put-on-stream", "staged")).stdout).toEndWith(
    "On stream: version 1, from the next alert on.\n",
  );
  await at("stage", "set", "staged", "time.pause=9");
  await at("stage", "put-on-stream", "staged");
  expect((await at("stage", "versions", "staged")).stdout).toMatch(/\n2 \(on stream\) +\S+ +admin +time\.pause\n1 /);
  expect((await at("stage", "restore", "staged", "1")).stdout).toStartWith("time.pause  9 → 2\n");
  expect(await at("stage", "restore", "staged", "7")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no version 7"),
  });
  expect((await at("queue", "list", "staged")).stdout).toStartWith("Nothing waits.\nNo screen is there");
  const made = (await at("control", "create", "staged", "Deck", "--action", "pause", "--json")).stdout;
  const { id, url } = JSON.parse(made) as { id: string; url: string };
  expect((await at("control", "list", "staged")).stdout).toMatch(/Deck +pause +\S+ +never +http/);
  await fetch(url);
  expect((await at("control", "list", "staged")).stdout).not.toContain("never");
  expect((await at("control", "revoke", "staged", id)).stdout).toBe("Revoked: Deck works no more.\n");
  expect((await at("stage", "list", "staged")).stdout).toMatch(
    /main +paused +0 +Main \(not there\) +nobody can say +Paused/,
  );
  const asked = await at("stage", "remove", "staged", "main");
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining("Nothing was removed")]);
  expect((await at("stage", "remove", "staged", "main", "--yes")).stdout).toBe("Removed: stage main of staged.\n");
  expect((await at("stage", "audit", "staged")).stdout).toMatch(
    /\n\S+ +admin +remove stage +main\n\S+ +admin +revoke key/,
  );
});

test("an export that cannot be written leaves nothing behind", async () => {
  const locked = mkdtempSync(join(folder, "locked-"));
  const target = join(locked, "no", "out.jsonl");
  chmodSync(locked, 0o700);
  const { code, stderr } = await program.tipwire("export", "main", "--out", target);
  expect(code).toBe(1);
  expect(stderr).toContain("there is no such file or directory");
});

test("tail follows, survives kill -9 of the server, resumes, and ends by Ctrl-C", async () => {
  const dataDir = mkdtempSync(join(folder, "killed-"));
  const before = await startProgram({ dataDir });
  const send = (server: Program, name: string) =>
    server.tipwireJson(
      "send",
      "main",
      "--name",
      name,
      "--amount",
      "1",
      "--currency",
      "EUR",
      "--message",
      "\u001b[2Jhi",
    );
  await send(before, "before");
  const readable = new Tail(dataDir, "main", "--since", "oldest");
  const json = new Tail(dataDir, "main", "--json");
  await readable.lines(1);
  await json.told("Following main");
  await send(before, "first");
  expect((await readable.lines(2))[1]).toMatch(/^\d\d:\d\d:\d\d +1\.00 EUR {2}first +hi$/);
  await before.kill();
  await readable.told("Connection lost");
  const after = await startProgram({ dataDir, port: before.port });
  await send(after, "second");
  await readable.told("Connected again");
  expect((await readable.lines(3)).map((line) => line.split(/ +/)[3])).toEqual(["before", "first", "second"]);
  expect((await json.lines(2)).map((line) => JSON.parse(line).name)).toEqual(["first", "second"]);
  expect(await readable.end()).toBe(0);
  expect(await json.end()).toBe(0);
  await after.stop();
});
