import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeCodes, type Page, shouldRetry } from "@tipwire/client";
import { settings } from "../src/config.ts";
import { errorCodes, errorSentence, errorStatus } from "../src/core/errors.ts";
import { knownCloses } from "../src/sandbox/closes.ts";
import { type FaultName, faultKinds, flagOf } from "../src/sandbox/faults.ts";
import { type Program, startProgram } from "./program.ts";

const docs = join(import.meta.dir, "../../../docs");
const update = process.env["TIPWIRE_UPDATE_DOCS"] === "1";

let program: Program;
beforeAll(async () => {
  program = await startProgram();
});
afterAll(() => program.stop());

/** The part of a page that is written by this test; `TIPWIRE_UPDATE_DOCS=1` writes it anew. */
function generated(page: string, part: string, text: string): void {
  const path = join(docs, page);
  const found = readFileSync(path, "utf8");
  const [begin, end] = [`<!-- ${part}:begin -->`, `<!-- ${part}:end -->`];
  const from = found.indexOf(begin) + begin.length;
  const to = found.indexOf(end);
  if (update) writeFileSync(path, `${found.slice(0, from)}\n${text}\n${found.slice(to)}`);
  else expect(found.slice(from, to)).toBe(`\n${text}\n`);
}

test("docs/protocol.md: every field, in order, with an example that the server gives back", async () => {
  const page = readFileSync(join(docs, "protocol.md"), "utf8");
  const table = page.slice(page.indexOf("<!-- fields:begin -->"), page.indexOf("<!-- fields:end -->"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| ([^|]+) \| [^|]* \| `(.+)` \|$/gm)].map(
    ([, name, type, example]) => ({
      name: name as string,
      type: type as string,
      example: JSON.parse(example as string) as unknown,
    }),
  );
  const examples = Object.fromEntries(rows.map(({ name, example }) => [name, example]));
  const events = `${program.url}/v1/channels/main/events`;
  const headers = { authorization: `Bearer ${program.key}` };
  const posted = await fetch(events, { method: "POST", headers, body: JSON.stringify(examples) });
  expect(posted.status).toBe(201);
  const { events: got } = (await (await fetch(events, { headers })).json()) as Page;
  const event = got[0] as unknown as Record<string, unknown>;
  expect(Object.keys(event)).toEqual(rows.map(({ name }) => name));
  const ours = new Set(["id", "cursor", "receivedAt"]);
  for (const { name, type, example } of rows) {
    const value = event[name];
    if (!ours.has(name)) expect({ [name]: value }).toEqual({ [name]: example });
    else expect(String(value).replace(/[a-z0-9]/g, "x").length).toBe(String(example).length);
    const types = type.split(" or ").map((each) => each.trim().replace("money", "object"));
    expect(types).toContain(value === null ? "null" : typeof value);
  }
});

test("docs/protocol.md: the close codes", () => {
  const rows = Object.entries(closeCodes).map(
    ([code, meaning]) => `| ${code} | ${shouldRetry(Number(code)) ? "come back" : "stop"} | ${meaning} |`,
  );
  generated("protocol.md", "closes", ["| code | | meaning |", "|---|---|---|", ...rows].join("\n"));
});

test("docs/errors.md: every refusal, with its status and sentence", () => {
  const page = readFileSync(join(docs, "errors.md"), "utf8");
  const rows = errorCodes.map((code) => `| [\`${code}\`](#${code}) | ${errorStatus(code)} | ${errorSentence(code)} |`);
  generated("errors.md", "errors", ["| code | status | sentence |", "|---|---|---|", ...rows].join("\n"));
  const explained = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code as string);
  expect(explained).toEqual(errorCodes);
});

test("docs/sandbox.md: every switch, and every close with a reason", () => {
  const faults = Object.entries(faultKinds).map(
    ([name, { help, least, most, usual }]) =>
      `| \`${name}\` | \`--${flagOf(name as FaultName)}\` | ${help} | ${least} to ${most} | ${usual} |`,
  );
  generated(
    "sandbox.md",
    "faults",
    ["| switch | flag | meaning | | usually |", "|---|---|---|---|---|", ...faults].join("\n"),
  );
  const closes = knownCloses.map(({ code, reason, means }) => `| ${code} | ${reason && `\`${reason}\``} | ${means} |`);
  generated("sandbox.md", "sandbox-closes", ["| code | reason | meaning |", "|---|---|---|", ...closes].join("\n"));
});

test("docs/settings.md: every setting", () => {
  const rows = Object.values(settings).map(
    ({ flag, env, usual, value, help }) =>
      `| \`--${flag}\` | \`${env}\` | ${help} | ${value} | ${usual === "" ? "" : `\`${usual}\``} |`,
  );
  const head = ["| flag | environment and file | meaning | value | usually |", "|---|---|---|---|---|"];
  generated("settings.md", "settings", [...head, ...rows].join("\n"));
});

test("serve --help lists every setting", async () => {
  const { stdout, code } = await program.tipwire("serve", "--help");
  expect(code).toBe(0);
  for (const { flag, env } of Object.values(settings)) expect(stdout).toContain(`--${flag} (${env})`);
});
