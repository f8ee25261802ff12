/**
 * `npm test`: installs what is missing, runs every check one after the other, and ends with `N passed, N failed`.
 * `npm test -- types server` runs only the steps whose names contain one of these words.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { installPackage, works } from "./debian.mjs";
import { processorTicks, stolenPart } from "./machine.mjs";
import { ensurePostgres } from "./postgres.mjs";
import { countNodeTests, excuse, readJunit } from "./results.mjs";
import { fail, needBun, root, setUp } from "./setup.mjs";

const stepLimit = 30 * 60_000;
const cannotRunHere = 3;
const tooSlow = 4;
/** How many steps run side by side. */
const lanes = 3;
/** Of the processors' time: where a machine's host took more, a try that failed says nothing. */
const stolenAtMost = 0.05;
/** How often a step that wavers is run again at most, and for how long each time it waits for calm before. */
const triesAgain = 3;
const calmWithin = 3 * 60_000;
/** Program tests that look for lost events: there a rare failure is the finding. */
const oneTry = ["join-race.test.ts", "migrate.test.ts", "pooler.test.ts", "postgres.test.ts"];
/** Program tests that measure time. */
const alone = [
  "donationalerts-hostile.test.ts",
  "join-race.test.ts",
  "overlay-latency.test.ts",
  "overlay-motion.test.ts",
];
const programs = "packages/server/test";
const node = process.execPath;
const scratch = mkdtempSync(join(tmpdir(), "tipwire-test-"));
const running = new Set();

setUp();
const bun = needBun();
const chromium = ensureChromium();
process.env.TIPWIRE_CHROMIUM = chromium.path ?? "";
ensurePostgres();
if (!works("strace", ["--version"])) installPackage("strace", "what cuts the power");
if (!works("pgbouncer", ["--version"])) installPackage("pgbouncer", "what tests nodes behind a pooler");
process.env.TIPWIRE_TESTED_PROGRAM = bundled();
/** What this machine does not have, by the words of `allowed-skips.json`; a drill adds what it finds out. */
const missing = new Set(chromium.path === undefined ? ["Chromium"] : []);
if (!works("pgbouncer", ["--version"])) missing.add("PgBouncer");

const only = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
const isChosen = ({ name }) =>
  only.length === 0 || only.some((word) => name.toLowerCase().includes(word.toLowerCase()));
const { first, beside, sideBySide, last } = steps();
const wavering = [];
for (const step of first.filter(isChosen)) await attempt(step);
await Promise.all([...beside.filter(isChosen).map(attempt), inLanes(sideBySide.filter(isChosen))]);
for (const step of last.filter(isChosen)) await attempt(step);
for (const step of wavering) await tryAgain(step);
rmSync(scratch, { recursive: true, force: true });
if (chromium.path === undefined) console.log(`\nWithout Chromium: ${chromium.advice}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function steps() {
  return {
    first: [
      check("types", node, ["node_modules/typescript/bin/tsc"]),
      check("format and lint", node, ["node_modules/@biomejs/biome/bin/biome", "ci", "--colors=off", "."]),
      bunTests("import rules", ["packages/server/test/imports.test.ts"]),
      nodeTests("SDK on Node"),
      bunTests("SDK on Bun", ["packages/client/"]),
      bunTests("web", ["packages/web/"]),
    ],
    // Three minutes of mostly waiting.
    beside: [drill("drill: soak", "--soak", "3")],
    // None of these measures time, and the drills among them mostly wait. The longest begin.
    sideBySide: [
      bunTests("server", ["packages/server/src/"]),
      drill("drill: stage", "--stage", "--kills", "15"),
      drill("drill: hostile", "--hostile", "100000"),
      drill("drill: stage on nodes", "--stage", "--nodes", "3", "--kills", "5"),
      ...sourceDrills(),
      drill("drill: crash points", "--crash-points", "1"),
      drill("drill: power loss", "--power-loss", "--cuts", "40"),
      drill("drill: disk faults", "--disk-faults", "--every", "20"),
      drill("drill: kills", "--kills", "20"),
      ...programTests(),
    ],
    // These measure time, or need all of the machine: one by one.
    last: [
      ...alone.map(programTest),
      drill("drill: nodes", "--nodes", "3", "--kills", "30"),
      wavers(drill("drill: slow reader", "--slow-reader", "--rounds", "5", "--seconds", "1", "--guard")),
      wavers(drill("drill: storm", "--storm", "--rounds", "5", "--guard")),
      wavers(check("bench guard", bun, ["--no-env-file", "bench/main.ts", "--guard"])),
    ],
  };
}

/** The program as a release holds it: hundreds of starts take a third of the processor time. */
function bundled() {
  const folder = join(scratch, "program");
  const built = spawnSync(bun, ["--no-env-file", "packages/server/build.ts", folder], { cwd: root, encoding: "utf8" });
  if (built.status !== 0) fail(`The server could not be bundled.\n${built.stderr}${built.stdout}`);
  return join(folder, "tipwire.js");
}

/** Each platform's connection on each store. */
function sourceDrills() {
  const short = ["--faults", "3", "--donations", "60", "--rate", "8", "--flood", "200"];
  return ["donationalerts", "pally", "tuniform"].flatMap((source) =>
    ["sqlite", "postgres"].map((store) =>
      drill(`drill: ${source} ${store}`, "--source", source, "--store", store, ...short),
    ),
  );
}

async function inLanes(waiting) {
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await attempt(step);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** These start the real program, a browser or many sockets: a step for each file. */
function programTests() {
  return readdirSync(join(root, programs))
    .filter((file) => file.endsWith(".test.ts") && !["imports.test.ts", ...alone].includes(file))
    .sort()
    .map(programTest);
}

function programTest(file) {
  const step = bunTests(`program: ${basename(file, ".test.ts")}`, [`./${programs}/${file}`]);
  return oneTry.includes(file) ? { ...step, wavers: false } : step;
}

/**
 * Tests, and drills that measure time. On a machine that others use as well one may fail for want of a processor: it has a second
 * try, by itself when everything else is done, and both are told. What looks for lost events has one try, and so has a drill that
 * found more than a delay.
 */
function wavers(step) {
  return { ...step, wavers: true };
}

/** A command that passes or fails as one. */
function check(name, command, args) {
  return { name, run: async () => one(await capture(command, args)) };
}

function one({ code, output }) {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skips: [], output };
}

/** One that says by exit code 3 that the machine lacks what it needs. */
function drill(name, ...args) {
  const run = async () => {
    const { code, output } = await capture(bun, ["--no-env-file", "drills/main.ts", ...args]);
    if (code !== cannotRunHere) return { ...one({ code, output }), isFinal: code !== tooSlow };
    missing.add("strace");
    return excuse(name, missing) === undefined
      ? one({ code, output })
      : { ...one({ code: 0, output }), passed: 0, skips: [name] };
  };
  return { name, run };
}

function bunTests(name, filters) {
  const run = async () => {
    const outfile = join(scratch, `${name.replaceAll(/\W/g, "-")}.xml`);
    const flags = ["--timeout", "60000", "--reporter=junit", `--reporter-outfile=${outfile}`];
    const { code, output } = await capture(bun, ["--no-env-file", "test", ...flags, ...filters]);
    const counted = existsSync(outfile)
      ? readJunit(readFileSync(outfile, "utf8"))
      : { passed: 0, failed: 0, skips: [] };
    const excused = (skip) => excuse(skip, missing) !== undefined;
    const refused = counted.skips.filter((skip) => !excused(skip));
    const explained = refused.map((skip) => `\nSkipped without leave: ${skip}`).join("");
    const failed = counted.failed + refused.length;
    const skips = counted.skips.filter(excused);
    return { passed: counted.passed, failed: failed || (code === 0 ? 0 : 1), skips, output: output + explained };
  };
  return wavers({ name, run });
}

function nodeTests(name) {
  const run = async () => {
    const result = await capture("npm", ["run", "--silent", "test:node", "--workspace=packages/client"]);
    const counted = countNodeTests(result.output);
    return {
      ...counted,
      failed: counted.failed === 0 && result.code !== 0 ? 1 : counted.failed,
      output: result.output,
    };
  };
  return wavers({ name, run });
}

async function attempt(step) {
  if (!(await report(step))) wavering.push(step);
}

/** By itself, when the machine's host leaves it its processors; once more where it took them away after all. */
async function tryAgain(step) {
  for (let left = triesAgain; left > 0; left--) {
    await untilCalm();
    const before = processorTicks();
    const stolen = () => stolenPart(before, processorTicks());
    if (await report({ ...step, name: `again: ${step.name}` }, () => left > 1 && stolen() > stolenAtMost)) return;
    console.log(`the host took away ${(stolen() * 100).toFixed(0)} % of the processors meanwhile`);
  }
}

/** Waits for calm, though not for ever. */
async function untilCalm() {
  for (const deadline = performance.now() + calmWithin; performance.now() < deadline; ) {
    const before = processorTicks();
    await new Promise((resolve) => setTimeout(resolve, 5000));
    if (stolenPart(before, processorTicks()) <= stolenAtMost) return;
  }
}

/** `false`: it failed, and may be `excused`, so that it does not count. */
async function report(step, excused = () => step.wavers === true) {
  const started = performance.now();
  const { passed, failed, skips, output, isFinal = false } = await step.run();
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skips.length > 0 && `${skips.length} skipped`];
  console.log(
    `${step.name.padEnd(24)} ${failed > 0 ? "FAILED" : "ok    "}  ${counts.filter(Boolean).join(", ").padEnd(28)} ${seconds.padStart(8)}`,
  );
  for (const skip of skips) console.log(`  skipped  ${skip}`);
  for (const reason of new Set(skips.map((skip) => excuse(skip, missing)))) console.log(`  because it ${reason}`);
  if (failed > 0) console.log(`\n${output.trim()}\n`);
  if (failed > 0 && !isFinal && excused()) return false;
  total.passed += passed;
  total.failed += failed;
  total.skipped += skips.length;
  return true;
}

/** Both streams as one text. The process gets a group of its own, so that nothing it started outlives it. */
function capture(command, args) {
  return new Promise((resolve) => {
    const windows = process.platform === "win32";
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
      detached: !windows,
      shell: windows && command === "npm",
    });
    running.add(child);
    let output = "";
    const take = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    const limit = setTimeout(() => {
      output += `\nStopped after ${stepLimit / 60_000} minutes.`;
      end(child);
    }, stepLimit);
    child.on("exit", () => end(child));
    child.on("error", (error) => take(`\n${command}: ${error.message}`));
    child.on("close", (code) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ code: code ?? 1, output });
    });
  });
}

function end(child) {
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of running) end(child);
    process.exit(130);
  });
}
