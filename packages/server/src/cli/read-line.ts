import { createInterface } from "node:readline/promises";
import { Failed } from "./faults.ts";

/** What a person types after the prompt, without white space around it; `""` where there is no terminal. */
export async function readLine(input: NodeJS.ReadStream, output: NodeJS.WriteStream, prompt: string): Promise<string> {
  if (!input.isTTY) return "";
  const lines = createInterface({ input, output });
  const stop = new AbortController();
  lines.once("SIGINT", () => stop.abort());
  try {
    return (await lines.question(prompt, { signal: stop.signal })).trim();
  } catch (cause) {
    throw new Failed("interrupted", "Interrupted.", { cause });
  } finally {
    lines.close();
  }
}
