import { readFileSync } from "node:fs";

/** The lines of a file of `fixtures/`: what a platform sends, byte for byte. */
export function recorded(file: string): string[] {
  return readFileSync(new URL(`fixtures/${file}`, import.meta.url), "utf8")
    .trim()
    .split("\n");
}
