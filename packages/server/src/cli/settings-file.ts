import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { fileFailed } from "./faults.ts";

/** The values of a file of lines `NAME=value`; none where there is no such file. Throws `Failed`. */
export function readSettings(path: string): Readonly<Record<string, string | undefined>> {
  return parseEnv(textOf(path));
}

/** Sets some of them and leaves every other line as it is. Afterwards nobody else can read the file. Throws `Failed`. */
export function changeSettings(path: string, changes: Readonly<Record<string, string>>): void {
  const left = new Map(Object.entries(changes));
  const lines = textOf(path)
    .split("\n")
    .map((line) => {
      const name = /^\s*(?:export\s+)?(\w+)\s*=/.exec(line)?.[1] ?? "";
      const value = changes[name];
      left.delete(name);
      return value === undefined ? line : settingLine(name, value);
    });
  while (lines.at(-1) === "") lines.pop();
  const added = [...left].map(([name, value]) => settingLine(name, value));
  try {
    writeFileSync(path, `${[...lines, ...added].join("\n")}\n`, { mode: 0o600 });
    chmodSync(path, 0o600);
  } catch (fault) {
    throw fileFailed(path, fault);
  }
}

function settingLine(name: string, value: string): string {
  return `${name}="${value}"`;
}

function textOf(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch (fault) {
    throw fileFailed(path, fault);
  }
}
