import { expect, test } from "bun:test";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../../package.json";

const launcher = join(import.meta.dir, "../../bin/tipwire.mjs");

function launch(path: string, args: readonly string[], env: Record<string, string> = {}) {
  return Bun.spawn(["node", path, ...args], {
    env: { ...process.env, ...env } as Record<string, string>,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("Node starts the command line, with its arguments and its exit code", async () => {
  const child = launch(launcher, ["--version"]);
  expect((await new Response(child.stdout).text()).trim()).toBe(version);
  expect(await child.exited).toBe(0);
  expect(await launch(launcher, ["send"]).exited).toBe(2);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} reaches the server, which ends cleanly`, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-launcher-"));
    const child = launch(launcher, ["serve", "--port", "0", "--data-dir", dataDir]);
    let printed = "";
    const decoder = new TextDecoder();
    let signalled = false;
    for await (const bytes of child.stdout) {
      printed += decoder.decode(bytes, { stream: true });
      if (!signalled && printed.includes("Ctrl-C stops the server")) {
        child.kill(signal);
        signalled = true;
      }
    }
    expect(printed).toContain("Stopped. Everything that was accepted is stored.");
    expect(await child.exited).toBe(0);
    expect(existsSync(join(dataDir, "server.json"))).toBe(false);
    rmSync(dataDir, { recursive: true, force: true });
  });
}

test("without Bun it says what to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tipwire-bare-"));
  const copy = join(folder, "bin", "tipwire.mjs");
  cpSync(launcher, copy);
  const node = Bun.which("node") ?? "node";
  const child = Bun.spawn([node, copy, "--version"], { env: { PATH: folder }, stdout: "ignore", stderr: "pipe" });
  expect(await new Response(child.stderr).text()).toContain("run npm install first");
  expect(await child.exited).toBe(1);
  rmSync(folder, { recursive: true, force: true });
});
