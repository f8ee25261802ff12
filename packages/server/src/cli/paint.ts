import { styleText } from "node:util";
import type { CliContext, Output } from "./context.ts";

export type Colour = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

export type Paint = (colour: Colour, text: string) => string;

/** Colours for people at a terminal, none in files and pipes, or where `NO_COLOR` is set. */
export function painter(output: Output, env: CliContext["env"]): Paint {
  const wanted = output.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return (colour, text) => (wanted && text !== "" ? styleText(colour, text, { validateStream: false }) : text);
}
