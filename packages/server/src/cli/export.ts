import { once } from "node:events";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { finished } from "node:stream/promises";
import type { TipwireApi, TipwireEvent } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import { fileFailed } from "./faults.ts";

const pageSize = 500;

export const exportCommand = command({
  name: "export",
  args: ["SLUG"],
  summary: "Write all events of a channel, one JSON object a line.",
  details:
    "Oldest first, replays too. import --format jsonl reads it back, here or elsewhere. What happens meanwhile is not in it.",
  flags: { out: { value: "FILE", help: "Write there; without it to the terminal or pipe." } },
  async run({ args: [slug], flags: { out }, context, json }) {
    const api = connect(context);
    if (out === undefined) {
      for await (const lines of exported(api, slug)) await context.stdout.write(lines.join(""));
      return 0;
    }
    const count = await writeWhole(out, exported(api, slug));
    if (json) context.stderr.write(`${JSON.stringify({ events: count, file: out })}\n`);
    else context.stderr.write(`${count} ${count === 1 ? "line" : "lines"} written to ${out}.\n`);
    return 0;
  },
});

/** The lines page by page, up to what was the newest when it began. */
async function* exported(api: TipwireApi, slug: string): AsyncGenerator<readonly string[]> {
  const { cursor: head } = await api.page(slug, { after: "head", limit: 1 });
  let after = "oldest";
  while (after !== head) {
    const page = await api.page(slug, { after, limit: pageSize });
    const last = page.events.findIndex(({ cursor }) => cursor === head);
    const events = last < 0 ? page.events : page.events.slice(0, last + 1);
    if (events.length === 0) return;
    yield events.map(lineOf);
    after = last < 0 ? page.cursor : head;
  }
}

/** Without `cursor` and `arrival`: how it came into the log that it stands in, which another log has its own of. */
function lineOf(event: TipwireEvent): string {
  const { cursor: _, arrival: __, ...facts } = event;
  return `${JSON.stringify(facts)}\n`;
}

/** Writes the file under another name until it is whole. Returns the number of lines. */
async function writeWhole(path: string, pages: AsyncIterable<readonly string[]>): Promise<number> {
  const unfinished = `${path}.part`;
  const file = createWriteStream(unfinished, { mode: 0o600 });
  const ended = finished(file).catch((fault: unknown) => {
    throw fileFailed(unfinished, fault);
  });
  let count = 0;
  try {
    for await (const lines of pages) {
      count += lines.length;
      if (!file.write(lines.join(""))) await Promise.race([once(file, "drain"), ended]);
    }
    file.end();
    await ended;
    renameSync(unfinished, path);
    return count;
  } catch (fault) {
    file.destroy();
    await ended.catch(() => {});
    rmSync(unfinished, { force: true });
    throw fault;
  }
}
