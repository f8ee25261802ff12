import type { ConnectionInfo } from "@tipwire/client";
import type { Colour, Paint } from "./paint.ts";
import { padEnd, plain, width } from "./text.ts";
import { momentText } from "./time.ts";

/** How many of the times in which nothing was heard are shown: the newest. */
const gapsShown = 3;

const colours: Readonly<Record<ConnectionInfo["status"], Colour>> = {
  connecting: "dim",
  live: "green",
  waiting: "yellow",
  "needs-authorization": "red",
  stopped: "dim",
};

/** Connections for people: a line each with what it is doing, and below it what there is to know. `now`: milliseconds since 1970. */
export function connectionsText(connections: readonly ConnectionInfo[], now: number, paint: Paint): string {
  const heads = connections.map(({ id, channel, platform, account, name }) => [
    id,
    channel,
    platform,
    plain(name !== "" && name !== account ? `${name} (${account})` : account) || "-",
  ]);
  const widths = [0, 1, 2, 3].map((i) => Math.max(...heads.map((head) => width(head[i] ?? ""))));
  return connections
    .map((connection, i) => {
      const head = (heads[i] ?? []).map((cell, column) => padEnd(cell, widths[column] ?? 0)).join("  ");
      const facts = factsOf(connection, now).map(
        (fact) => `${" ".repeat((widths[0] ?? 0) + 2)}${paint("dim", fact)}\n`,
      );
      return `${head}  ${statusText(connection, now, paint)}\n${facts.join("")}`;
    })
    .join("");
}

/** "waiting since 14:02:11 (Pally does not answer.), tries again at 14:03:11". */
export function statusText({ status, reason, since, retryAt }: ConnectionInfo, now: number, paint: Paint): string {
  const word = paint(colours[status], status.replace("-", " "));
  const why = reason === "" ? "" : ` (${plain(reason)})`;
  const next = retryAt === null ? "" : `, tries again at ${momentText(retryAt, now)}`;
  return `${word} since ${momentText(since, now)}${why}${next}`;
}

function factsOf(connection: ConnectionInfo, now: number): string[] {
  const { id, warning, heardAt, reconciled, history, gaps, quarantined } = connection;
  const at = (iso: string) => momentText(iso, now);
  return [
    warning !== null && plain(warning),
    heardAt !== null && `heard ${at(heardAt)}`,
    reconciled !== null &&
      `reconciled ${at(reconciled.at)}: ${reconciled.missing} missing, ${reconciled.recovered} recovered`,
    history !== null && `reading the history: ${history.imported}${history.of === null ? "" : ` of ${history.of}`}`,
    ...gaps.slice(-gapsShown).map(({ from, to }) => `nothing heard from ${at(from)} to ${at(to)}, and not recoverable`),
    quarantined > 0 && `${quarantined} in quarantine: tipwire connection quarantine ${id}`,
  ].filter((fact) => fact !== false);
}
