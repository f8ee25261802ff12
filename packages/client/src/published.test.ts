import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Collected } from "./testing/collected.ts";
import { ScriptedServer } from "./testing/scripted-server.ts";

/** The folder of this package, from the source file or from the bundle that the tests on Node run. */
function packageFolder(from: string): string {
  return existsSync(join(from, "build.mjs")) ? from : packageFolder(dirname(from));
}

const folder = packageFolder(dirname(fileURLToPath(import.meta.url)));

test("the published package is plain JavaScript with types, and runs the example of its README on Node", async () => {
  const consumer = mkdtempSync(join(tmpdir(), "tipwire-client-"));
  try {
    const installed = join(consumer, "node_modules", "@tipwire", "client");
    const built = spawnSync("node", [join(folder, "build.mjs"), installed], { encoding: "utf8" });
    assert.equal(built.status, 0, built.stdout + built.stderr);

    const example = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(folder, "README.md"), "utf8"))?.[1] ?? "";
    assert.ok(example.includes("for await"));
    writeFileSync(join(consumer, "package.json"), '{ "type": "module" }');
    writeFileSync(join(consumer, "example.ts"), example);
    const compiler = resolve(folder, "../../node_modules/typescript/bin/tsc");
    const options = [
      "--strict",
      "--noEmit",
      "--module",
      "nodenext",
      "--lib",
      "es2022,dom",
      "--types",
      "",
      "example.ts",
    ];
    const checked = spawnSync("node", [compiler, ...options], { cwd: consumer, encoding: "utf8" });
    assert.equal(checked.status, 0, checked.stdout);

    await using server = await ScriptedServer.start();
    writeFileSync(join(consumer, "example.js"), example.replace("http://localhost:8000", server.url));
    const program = spawn("node", ["example.js"], { cwd: consumer, stdio: ["ignore", "pipe", "inherit"] });
    const output = new Collected<string>();
    program.stdout.setEncoding("utf8").on("data", output.add);
    await server.visits.count(1);
    server.append({ name: "Ann", message: "Hello 🎁" });
    const printed = (pieces: readonly string[]) => pieces.join("").includes("\n") && pieces.join("");
    assert.match(await output.when(printed), /^Ann 5\.00 USD Hello 🎁/);
    program.kill();
  } finally {
    rmSync(consumer, { recursive: true, force: true });
  }
});
