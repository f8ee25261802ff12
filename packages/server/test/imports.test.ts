import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Who may import whom. A room is a folder of the server's `src`, one of its files, or another package. */
const domain = ["intake", "stage", "ledger", "access", "media", "outbound", "speech"];
const adapters = ["store", "doorbell", "platforms", "http"];
const mayImport: Record<string, readonly string[]> = {
  core: [],
  log: ["core"],
  ...Object.fromEntries(domain.map((room) => [room, ["core", "log"]])),
  ...Object.fromEntries(adapters.map((room) => [room, ["core", "log", ...domain]])),
  "platforms/native": ["core", "log", ...domain, "client"],
  "platforms/overlay": ["core", "log", ...domain, "client"],
  "config.ts": ["core"],
  "donationalerts.ts": ["core", "log", ...domain, ...adapters, "config.ts"],
  "donationalerts-client.ts": ["core", "log", ...domain, ...adapters, "config.ts"],
  "sources.ts": ["core", "log", ...domain, ...adapters, "config.ts", "donationalerts-client.ts"],
  "stages.ts": ["core", "log", ...domain, ...adapters, "config.ts"],
  "app.ts": ["core", "log", ...domain, ...adapters, "config.ts", "donationalerts.ts", "sources.ts", "stages.ts"],
  "serve.ts": ["core", "log", ...domain, ...adapters, "config.ts", "app.ts"],
  sandbox: ["core", "log", "access", "platforms", "http", "client", "config.ts"],
  "sandbox.ts": ["core", "client", "config.ts", "serve.ts", "sandbox"],
  "welcome.ts": ["serve.ts"],
  "logging.ts": ["core"],
  cli: ["app.ts", "client"],
  "cli/migrate.ts": ["client", "store"],
  "main.ts": ["core", "config.ts", "app.ts", "serve.ts", "sandbox.ts", "sandbox", "welcome.ts", "logging.ts", "cli"],
  client: [],
  web: ["client"],
};
const mayUseBun = /^server\/src\/(serve|http\/server|http\/server-socket|store\/sqlite\/\w+)\.ts$|^web\/build\.ts$/;

const packages = resolve(import.meta.dir, "../..");
const files = ["server/src", "client/src", "web"].flatMap(sources);
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const steps = files.flatMap((from) => (imports.get(from) ?? []).map((to) => ({ from, to, way: `${from} -> ${to}` })));
const inside = steps.filter(({ to }) => files.includes(to));

test("each room imports only the rooms it may", () => {
  const may = (from: string) => mayImport[`${room(from)}/${part(from)}`] ?? mayImport[room(from)] ?? [];
  const wrong = inside.filter(({ from, to }) => room(to) !== room(from) && !may(from).includes(room(to)));
  expect(wrong.map(({ way }) => way)).toEqual([]);
});

test("no platform imports another", () => {
  const between = inside.filter(({ from, to }) => room(from) === "platforms" && room(to) === "platforms");
  expect(between.filter(({ from, to }) => part(from) !== part(to)).map(({ way }) => way)).toEqual([]);
});

test("core imports nothing, not even from the runtime", () => {
  const outward = steps.filter(({ from, to }) => room(from) === "core" && !files.includes(to));
  expect(outward.map(({ way }) => way)).toEqual([]);
});

test("Bun is used in the named files only", () => {
  const users = files.filter((file) => /\bBun\.\w|"bun(:\w+)?"/.test(readFileSync(join(packages, file), "utf8")));
  expect(users.filter((file) => !mayUseBun.test(file))).toEqual([]);
});

test("no file imports itself, however long the way", () => {
  const reached = (from: string, seen = new Set<string>()): Set<string> => {
    for (const next of imports.get(from) ?? []) if (!seen.has(next)) reached(next, seen.add(next));
    return seen;
  };
  expect(files.filter((file) => reached(file).has(file))).toEqual([]);
});

function room(file: string): string {
  return file.replace("server/src/", "").split("/")[0] ?? "";
}

function part(file: string): string {
  return file.replace("server/src/", "").split("/")[1] ?? "";
}

/** Our own files by their path under `packages`; the rest as written. Types count, and so do `import()`s. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(packages, file), "utf8");
  const found = text.matchAll(/(?:^(?:import|export|\}).*?from |^import |\bimport\()"([^"]+)"/gm);
  return [...found].map(([, name = ""]) => {
    if (name.startsWith("@tipwire/client")) return "client/src/index.ts";
    return name.startsWith(".") ? join(dirname(file), name) : name;
  });
}

function sources(folder: string): string[] {
  return readdirSync(join(packages, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));
}
