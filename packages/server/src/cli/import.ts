import { createReadStream, statSync } from "node:fs";
import type { ImportFormat, ImportResult } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { Failed, fileFailed, WrongUse } from "./faults.ts";
import { given } from "./given.ts";
import { chunksOf, longest } from "./import-chunks.ts";
import { type Line, linesOf } from "./lines.ts";
import { type Paint, painter } from "./paint.ts";
import { Progress } from "./progress.ts";
import { plain } from "./text.ts";

const formats: readonly ImportFormat[] = ["donationalerts", "pally", "tuniform", "jsonl"];

export const importCommand = command({
  name: "import",
  args: ["SLUG", "FILE"],
  summary: "Take in events from a file of a platform, or of export.",
  details: `FILE has one message or object a line, as the platform sends it; - reads from a pipe.
What is there already is not stored again, so a file may be imported any number of times.
Imported events are stored and counted, but not shown, unless with --live.`,
  flags: {
    format: { value: "F", required: true, help: `${formats.join(", ")} (what export writes).` },
    live: { help: "Show them, as if they happened now." },
    creator: { value: "ID", help: "The platform's id of the creator, where the file does not say." },
  },
  async run({ args: [slug, file], flags, context, paint, say }) {
    const format = formats.find((each) => each === flags.format);
    if (format === undefined) throw new WrongUse(`--format must be one of ${formats.join(", ")}.`);
    const request = { format, live: flags.live, session: crypto.randomUUID(), ...given({ creator: flags.creator }) };
    const api = connect(context);
    const tally = new Tally();
    const progress = new Progress(context, sizeOf(file));
    try {
      for await (const { lines, tooLong, until, offset } of chunksOf(
        oneObjectALine(linesOf(open(file), longest), file),
      )) {
        const result = lines.length > 0 ? await api.importChunk(slug, { ...request, lines }) : nothing;
        tally.add(result, tooLong, until);
        progress.show(until, offset);
      }
    } catch (fault) {
      progress.end();
      if (tally.lines === 0) throw readable(file, fault);
      context.stderr.write(`${tally.text(painter(context.stderr, context.env))}${stoppedAfter(tally.lines)}\n`);
      throw readable(file, fault);
    }
    progress.end();
    say(tally, tally.text(paint));
    return tally.unreadable.length > 0 ? 1 : 0;
  },
});

const nothing: ImportResult = { stored: 0, duplicates: 0, skipped: 0, unreadable: [] };

/** What became of the lines so far. */
class Tally {
  stored = 0;
  duplicates = 0;
  skipped = 0;
  readonly unreadable: { readonly line: number; readonly reason: string }[] = [];
  /** How many lines were dealt with. */
  lines = 0;

  add(result: ImportResult, tooLong: readonly number[], until: number): void {
    this.stored += result.stored;
    this.duplicates += result.duplicates;
    this.skipped += result.skipped;
    for (const each of result.unreadable) this.unreadable.push(each);
    for (const line of tooLong) this.unreadable.push({ line, reason: `It is longer than ${longest / 1024} KB.` });
    this.lines = until;
  }

  text(paint: Paint): string {
    const count = (number: number) => String(number).padStart(8);
    const rows = [
      `${paint("green", "stored       ")} ${count(this.stored)}`,
      `${paint("dim", "already there")} ${count(this.duplicates)}`,
      ...(this.skipped > 0 ? [`${paint("dim", "no event     ")} ${count(this.skipped)}`] : []),
      `${paint(this.unreadable.length > 0 ? "red" : "dim", "unreadable   ")} ${count(this.unreadable.length)}`,
      ...this.unreadable.map(({ line, reason }) => `  ${paint("yellow", `line ${line}`)}: ${plain(reason)}`),
    ];
    return `${rows.join("\n")}\n`;
  }
}

function open(file: string): AsyncIterable<Uint8Array> {
  return file === "-" ? createReadStream("", { fd: 0, autoClose: false }) : createReadStream(file);
}

/** Bytes, where it is a file that has a size. */
function sizeOf(file: string): number | undefined {
  const facts = file === "-" ? undefined : statSync(file, { throwIfNoEntry: false });
  return facts?.isFile() ? facts.size : undefined;
}

function stoppedAfter(line: number): string {
  return `Stopped after line ${line}. What is stored stays; the same command again does the rest.`;
}

function readable(file: string, fault: unknown): unknown {
  return fault instanceof Error && "syscall" in fault ? fileFailed(file, fault) : fault;
}

/** Passes the lines on, unless the first one shows that the file is one JSON text over many lines. */
async function* oneObjectALine(lines: AsyncIterable<Line>, file: string): AsyncGenerator<Line, void, undefined> {
  let looking = true;
  for await (const line of lines) {
    const text = line.text?.trim();
    if (looking && text !== undefined && /^[[{]$|^[[{].*[[{,]$/.test(text)) {
      const filter = text.startsWith("[") ? "'.[]'" : ".";
      const advice = `jq -c ${filter} ${file === "-" ? "" : file} | tipwire import … -`.replace(/ +/g, " ");
      throw new Failed(
        "not_lines",
        `This is JSON spread over several lines; import reads one object a line. For example: ${advice}`,
      );
    }
    looking &&= text === "";
    yield line;
  }
}
