/**
 * The JSON objects of a text, after one another, separated by white space or nothing: what Centrifugo's JSON stream decoder
 * reads, and what it sends when it merges messages. What is no object is a piece too, up to the end of its line.
 */
export function* jsonPieces(text: string): Generator<string> {
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const end = endOfObject(text, at) ?? endOfLine(text, at);
    yield text.slice(at, end);
    at = skipSpace(text, end);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text[at] as string)) at++;
  return at;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** Where the object that begins at `from` ends; `undefined` where none begins, or none ends. */
function endOfObject(text: string, from: number): number | undefined {
  if (text[from] !== "{") return undefined;
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

/** `undefined` for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
