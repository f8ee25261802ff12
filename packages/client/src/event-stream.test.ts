import assert from "node:assert/strict";
import { test } from "node:test";
import { eventStreamParser, type StreamMessage } from "./event-stream.ts";

const text =
  ': keepalive\n\nevent: hello\ndata: {"a":1}\n\nid: c1\ndata: first\ndata:second\nretry: 5\n\nid: c2\n\ndata\n\n';
const messages: StreamMessage[] = [
  { event: "hello", data: '{"a":1}' },
  { event: "message", data: "first\nsecond" },
  { event: "message", data: "" },
];

function parsed(pieces: readonly string[]): StreamMessage[] {
  const found: StreamMessage[] = [];
  const parse = eventStreamParser((message) => found.push(message));
  for (const piece of pieces) parse(piece);
  return found;
}

for (const [name, lineEnd] of [
  ["LF", "\n"],
  ["CRLF", "\r\n"],
  ["CR", "\r"],
] as const) {
  test(`reads lines that end with ${name}, cut anywhere`, () => {
    // A lone CR at the very end is not known to be a whole line end until something follows.
    const stream = `${text.replaceAll("\n", lineEnd)}:`;
    for (let cut = 0; cut <= stream.length; cut++) {
      assert.deepEqual(parsed([stream.slice(0, cut), stream.slice(cut)]), messages);
    }
    assert.deepEqual(parsed([...stream]), messages);
  });
}
