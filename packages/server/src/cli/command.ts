import { parseArgs } from "node:util";
import { TipwireError } from "@tipwire/client";
import { findServer } from "./connect.ts";
import type { CliContext } from "./context.ts";
import { Failed, WrongUse } from "./faults.ts";
import { type Paint, painter } from "./paint.ts";
import { suggest } from "./suggest.ts";
import { jsonLine } from "./text.ts";

/** A flag with a value has `value`, the word that help shows for it; one without is a switch. */
export interface Flag {
  readonly help: string;
  readonly value?: string;
  /** May be given several times. */
  readonly multiple?: true;
  readonly required?: true;
}

type Flags = Readonly<Record<string, Flag>>;

type Value<F extends Flag> = F extends { multiple: true }
  ? readonly string[]
  : F extends { required: true }
    ? string
    : F extends { value: string }
      ? string | undefined
      : boolean;

/** What a command is given to work with. */
export interface Invocation<A extends readonly string[], F extends Flags> {
  readonly args: { readonly [I in keyof A]: string };
  /** The words after the arguments, where the command takes more. */
  readonly rest: readonly string[];
  readonly flags: { readonly [N in keyof F]: Value<F[N]> };
  readonly context: CliContext;
  readonly json: boolean;
  /** Colours for stdout. */
  readonly paint: Paint;
  /** Writes the object with `--json`, the text without. */
  say(object: unknown, text: string): void;
}

interface Definition<A extends readonly string[], F extends Flags> {
  /** "channel create". */
  readonly name: string;
  readonly args: A;
  /** What one or more words after the arguments are called. */
  readonly rest?: string;
  readonly summary: string;
  /** More for `--help`. */
  readonly details?: string;
  readonly flags: F;
  /** Returns the exit code, or nothing for 0. Throws `WrongUse`, `Failed` or `TipwireError`. */
  run(invocation: Invocation<A, F>): Promise<number | undefined>;
}

export interface Command {
  readonly name: string;
  /** Its arguments and required flags; `--help` names the others. */
  readonly brief: string;
  readonly summary: string;
  /** Returns the exit code. */
  run(argv: readonly string[], context: CliContext): Promise<number>;
}

const common: Flags = {
  json: { help: "One JSON object a line, for programs." },
  "data-dir": { value: "DIR", help: "Where the server on this machine keeps its data." },
  help: { help: "Show this." },
};

export function command<const A extends readonly string[], const F extends Flags>(
  definition: Definition<A, F>,
): Command {
  const { name, args, rest, summary } = definition;
  const words = [name, ...args, ...(rest === undefined ? [] : [`${rest}…`])];
  const all: Flags = { ...definition.flags, ...common };
  const usage = [...words, ...Object.entries(definition.flags).map(usageOf)].join(" ");
  const needed = Object.entries(definition.flags).filter(([, { required }]) => required);
  const others = needed.length < Object.keys(definition.flags).length ? ["…"] : [];
  return {
    name,
    brief: [...words, ...needed.map(usageOf), ...others].join(" "),
    summary,
    async run(argv, outer) {
      const json = argv.includes("--json");
      try {
        if (argv.includes("--help")) {
          outer.stdout.write(help(definition, all, usage));
          return 0;
        }
        const { words: typed, given } = parse(argv, all, args, rest);
        const context = { ...outer, dataDir: (given["data-dir"] as string | undefined) ?? outer.dataDir };
        const invocation = {
          args: typed.slice(0, args.length),
          rest: typed.slice(args.length),
          flags: given,
          context,
          json,
          paint: painter(context.stdout, context.env),
          say: (object: unknown, text: string) => void context.stdout.write(json ? jsonLine(object) : text),
        };
        // The parser has checked what the types say of them.
        return (await definition.run(invocation as unknown as Invocation<A, F>)) ?? 0;
      } catch (fault) {
        return failed(fault, json, outer, usage);
      }
    },
  };
}

/** `--scope S…`, `[--title T]`. */
function usageOf([name, { value, multiple, required }]: [string, Flag]): string {
  const flag = `--${name}${value === undefined ? "" : ` ${value}`}${multiple ? "…" : ""}`;
  return required ? flag : `[${flag}]`;
}

function parse(argv: readonly string[], flags: Flags, args: readonly string[], rest: string | undefined) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value, multiple }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple: multiple ?? false },
    ]),
  );
  // Not strict: what is wrong is said in our own words below.
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const flag = flags[token.name];
    if (flag === undefined) throw new WrongUse(unknownFlag(token.rawName, Object.keys(flags)));
    if (flag.value !== undefined && token.value === undefined) {
      throw new WrongUse(`${token.rawName} needs a value: ${token.rawName} ${flag.value}.`);
    }
    if (flag.value === undefined && token.value !== undefined) throw new WrongUse(`${token.rawName} takes no value.`);
  }
  const missing = [...args, ...(rest === undefined ? [] : [rest])][positionals.length];
  if (missing !== undefined) throw new WrongUse(`${missing} is missing.`);
  if (rest === undefined && positionals.length > args.length)
    throw new WrongUse(`"${positionals[args.length]}" is one word too many.`);
  const given: Record<string, unknown> = {};
  for (const [name, { value, multiple, required }] of Object.entries(flags)) {
    if (required && values[name] === undefined) throw new WrongUse(`--${name} ${value} is missing.`);
    given[name] = values[name] ?? (multiple ? [] : value === undefined ? false : undefined);
  }
  return { words: positionals, given };
}

function unknownFlag(rawName: string, known: readonly string[]): string {
  const near = suggest(rawName.replace(/^-+/, ""), known);
  return `There is no flag ${rawName}.${near === undefined ? "" : ` Did you mean --${near}?`}`;
}

function help(definition: Definition<readonly string[], Flags>, flags: Flags, usage: string): string {
  const rows = Object.entries(flags).map(([name, { value, help }]) => ({
    flag: `--${name}${value === undefined ? "" : ` ${value}`}`,
    help,
  }));
  const wide = Math.max(...rows.map(({ flag }) => flag.length));
  const lines = rows.map(({ flag, help }) => `  ${flag.padEnd(wide)}  ${help}`);
  const details = definition.details === undefined ? "" : `\n${definition.details}\n`;
  return `tipwire ${usage}\n\n${definition.summary}\n${details}\n${lines.join("\n")}\n`;
}

/** Says what went wrong, and returns the exit code. What nobody expected goes on as it is. */
function failed(fault: unknown, json: boolean, context: CliContext, usage: string): number {
  const { stderr, env } = context;
  const wrongUse = fault instanceof WrongUse;
  const known = wrongUse ? { code: "wrong_use", message: fault.message } : wording(fault, context);
  if (known === undefined) throw fault;
  if (json) stderr.write(jsonLine(known));
  else stderr.write(`${painter(stderr, env)("red", known.message)}\n${wrongUse ? `Usage: tipwire ${usage}\n` : ""}`);
  return wrongUse ? 2 : 1;
}

function wording(fault: unknown, context: CliContext): { code: string; message: string } | undefined {
  if (fault instanceof Failed) return { code: fault.code, message: fault.message };
  if (!(fault instanceof TipwireError)) return undefined;
  if (context.signal.aborted) return { code: "interrupted", message: "Interrupted." };
  const { code, message } = fault;
  if (code !== "unreachable") return { code, message };
  return {
    code,
    message: `No Tipwire answers at ${findServer(context).url}. Is it running? npm start starts it here.`,
  };
}
