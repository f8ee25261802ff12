import { configureSync, getJsonLinesFormatter, getLogger, type LogRecord, type Sink } from "@logtape/logtape";
import type { Note } from "./core/note.ts";

export interface LoggingOptions {
  readonly format: "text" | "json" | "off";
  readonly level: "debug" | "info" | "warning" | "error";
  /** Takes one whole line. */
  readonly write: (line: string) => void;
}

/** The program's log: lines for people at a terminal, JSON lines for everything else. */
export function startLogging({ format, level, write }: LoggingOptions): Note {
  if (format === "off") return () => undefined;
  const asJson = getJsonLinesFormatter({ properties: "flatten" });
  const sink: Sink = (record) => write(format === "json" ? asJson(record) : textOf(record));
  configureSync({
    reset: true,
    sinks: { out: sink },
    loggers: [
      { category: ["tipwire"], lowestLevel: level, sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["out"] },
    ],
  });
  const logger = getLogger(["tipwire"]);
  return (severity, what, fields = {}, fault) => {
    logger[severity](what, fault === undefined ? { ...fields } : { ...fields, fault: traceOf(fault) });
  };
}

function textOf({ timestamp, level, rawMessage, properties }: LogRecord): string {
  const { fault, ...fields } = properties;
  const facts = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`);
  const trace = fault === undefined ? "" : `\n${String(fault)}`;
  return `${new Date(timestamp).toISOString()} ${level} ${String(rawMessage)}${facts.join("")}${trace}\n`;
}

function traceOf(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
