import type { ConnectionQuarantine } from "@tipwire/client";
import { command } from "./command.ts";
import { connect } from "./connect.ts";
import type { Paint } from "./paint.ts";
import { jsonLine, plain } from "./text.ts";
import { momentText } from "./time.ts";

export const connectionQuarantine = command({
  name: "connection quarantine",
  args: ["ID"],
  summary: "List what a connection brought that could not be read.",
  details: "After an upgrade that may know better, tipwire connection reread ID reads it again.",
  flags: {
    noted: { help: "What is no event instead: the newest, as it came." },
    discard: { help: "Throw away everything that is in quarantine." },
  },
  async run({ args: [id], flags, context, json, say, paint }) {
    const api = connect(context);
    if (flags.discard) {
      const { discarded } = await api.discard(id);
      say({ discarded }, `${paint("green", "Discarded:")} ${discarded}\n`);
      return 0;
    }
    const { stdout } = context;
    const write = (item: ListedText) => stdout.write(json ? jsonLine(item) : textOf(item, context.now(), paint));
    let listed = 0;
    for await (const item of flags.noted
      ? notesOf(await api.quarantine(id))
      : textsOf((after) => api.quarantine(id, after))) {
      listed++;
      await write(item);
    }
    if (listed === 0 && !json) stdout.write(flags.noted ? "Nothing is noted.\n" : "Nothing is in quarantine.\n");
    return 0;
  },
});

type ListedText = ConnectionQuarantine["quarantined"][number] | ConnectionQuarantine["noted"][number];

/** Page by page, to the end. */
async function* textsOf(
  page: (after: string | undefined) => Promise<ConnectionQuarantine>,
): AsyncGenerator<ListedText, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const { quarantined } = await page(after);
    if (quarantined.length === 0) return;
    yield* quarantined;
    after = quarantined.at(-1)?.id;
  }
}

function* notesOf({ noted }: ConnectionQuarantine): Generator<ListedText, void, undefined> {
  yield* noted;
}

function textOf(item: ListedText, now: number, paint: Paint): string {
  const what = "reason" in item ? paint("yellow", plain(item.reason)) : plain(item.what);
  return `${momentText(item.receivedAt, now)}  ${what}\n  ${plain(item.raw)}\n`;
}
