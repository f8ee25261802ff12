import type { Output } from "./context.ts";
import { Failed } from "./faults.ts";

/** Where people type: `process.stdin` fits. */
export interface SecretInput extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean | undefined;
  setRawMode?(raw: boolean): unknown;
}

const [endOfText, endOfFile, backspace, erase] = ["\u0003", "\u0004", "\b", "\u007f"];

/** What a person types, shown to nobody; or what comes through a pipe. Without white space around it. */
export async function readSecret(input: SecretInput, output: Output, prompt: string): Promise<string> {
  if (input.isTTY !== true) return (await wholeOf(input)).trim();
  output.write(prompt);
  input.setRawMode?.(true);
  try {
    return (await typed(input)).trim();
  } finally {
    input.setRawMode?.(false);
    output.write("\n");
  }
}

async function wholeOf(input: SecretInput): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of input) text += typeof part === "string" ? part : decoder.decode(part, { stream: true });
  return text;
}

/** Up to the end of the line. */
async function typed(input: SecretInput): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of input) {
    for (const character of typeof part === "string" ? part : decoder.decode(part, { stream: true })) {
      if (character === "\r" || character === "\n" || character === endOfFile) return text;
      if (character === endOfText) throw new Failed("interrupted", "Interrupted.");
      if (character === backspace || character === erase) text = text.slice(0, -1);
      else text += character;
    }
  }
  return text;
}
