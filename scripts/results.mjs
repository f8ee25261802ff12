/** How many tests a runner ran, and which it left out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Counts the test cases of a JUnit file. `skips` are `file: name`. */
export function readJunit(xml) {
  const cases = [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, head, body = ""]) => ({
    name: `${attribute(head, "file")}: ${attribute(head, "name")}`,
    skipped: body.includes("<skipped"),
    failed: /<(failure|error)\b/.test(body),
  }));
  const failed = cases.filter((test) => test.failed).length;
  const skips = cases.filter((test) => test.skipped).map((test) => test.name);
  return { passed: cases.length - failed - skips.length, failed, skips };
}

/** Counts by the closing lines of `node --test`; nothing may be skipped there. */
export function countNodeTests(output) {
  const count = (word) => Number(output.match(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, "m"))?.[1] ?? 0);
  const leftOut = count("skipped") + count("todo");
  return { passed: count("pass"), failed: count("fail") + count("cancelled") + leftOut, skips: [] };
}

/**
 * Why a skipped test is excused by `allowed-skips.json`, or undefined: then the run fails. `missing`: what this machine
 * does not have and this user may not install.
 */
export function excuse(skip, missing) {
  const allowed = JSON.parse(readFileSync(join(root, "scripts", "allowed-skips.json"), "utf8"));
  return allowed.find(({ test, needs }) => skip.startsWith(test) && missing.has(needs))?.reason;
}

function attribute(head, name) {
  const value = head.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1] ?? "";
  return value
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
