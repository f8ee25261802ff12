import { Disconnected, type Method, methods } from "./centrifugo.ts";
import { jsonPieces, parseJson } from "./json-stream.ts";

export interface Command {
  /** 0 where none was sent. */
  readonly id: number;
  /** `undefined`: a number that stands for no method. */
  readonly method: Method | undefined;
  readonly params: unknown;
}

/** What a frame holds: its commands in order, and whether something unreadable came after them. */
export interface Frame {
  readonly commands: readonly Command[];
  readonly malformed: boolean;
}

const most32Bits = 2 ** 32 - 1;

/** Reads a frame as Centrifugo does: names of keys may be in any case; an empty frame is malformed, one of white space holds nothing. */
export function readFrame(text: string): Frame {
  const commands: Command[] = [];
  if (text === "") return { commands, malformed: true };
  for (const piece of jsonPieces(text)) {
    const command = commandOf(piece);
    if (command === undefined) return { commands, malformed: true };
    commands.push(command);
  }
  return { commands, malformed: false };
}

/** The parameters of a command by their names in lower case. Throws `Disconnected` where there are none. */
export class Params {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(params: unknown) {
    if (!isObject(params)) throw new Disconnected("badRequest");
    this.#fields = fieldsOf(params);
  }

  /** `""` where it is missing or `null`. */
  text(name: string): string {
    const value = this.#fields.get(name) ?? "";
    if (typeof value !== "string") throw new Disconnected("badRequest");
    return value;
  }

  /** Text that must be there. */
  required(name: string): string {
    const value = this.text(name);
    if (value === "") throw new Disconnected("badRequest");
    return value;
  }

  number(name: string): number {
    const value = this.#fields.get(name) ?? 0;
    if (!isUint32(value)) throw new Disconnected("badRequest");
    return value;
  }

  flag(name: string): boolean {
    const value = this.#fields.get(name) ?? false;
    if (typeof value !== "boolean") throw new Disconnected("badRequest");
    return value;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }
}

function commandOf(text: string): Command | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const fields = fieldsOf(value);
  const id = fields.get("id") ?? 0;
  const method = methodOf(fields.get("method") ?? 0);
  return isUint32(id) && method !== "unreadable" ? { id, method, params: fields.get("params") } : undefined;
}

function methodOf(value: unknown): Method | undefined | "unreadable" {
  if (typeof value === "number" && Number.isInteger(value)) return methods[value];
  const name = String(value).toLowerCase();
  return methods.find((method) => method === name) ?? "unreadable";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isUint32(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most32Bits;
}

/** The last one wins where several differ in case only. */
function fieldsOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).map(([name, each]) => [name.toLowerCase(), each]));
}
