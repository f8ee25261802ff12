/**
 * JSON, except that numbers under `exactKeys` arrive as the text that was sent: a decimal amount never becomes a float.
 * `undefined` for text that is no JSON; never throws.
 */
export function parseExact(text: string, exactKeys: ReadonlySet<string>): unknown {
  const keepText = (key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === "number" && exactKeys.has(key) ? context?.source : value;
  try {
    return JSON.parse(text, keepText) as unknown;
  } catch {
    return undefined;
  }
}

/** The text of an object's member exactly as it was sent; of a key that comes twice the last, as `JSON.parse` does. `json` must be valid. */
export function memberText(json: string, key: string): string | undefined {
  let at = skipSpace(json, 0);
  if (json[at] !== "{") return undefined;
  let found: string | undefined;
  at = skipSpace(json, at + 1);
  while (at < json.length && json[at] !== "}") {
    const keyEnd = endOfString(json, at);
    const name = JSON.parse(json.slice(at, keyEnd)) as string;
    const start = skipSpace(json, skipSpace(json, keyEnd) + 1);
    const end = endOfValue(json, start);
    if (name === key) found = json.slice(start, end);
    at = skipSeparator(json, end);
  }
  return found;
}

/** The texts of an array's elements exactly as they were sent. `json` must be valid. */
export function elementTexts(json: string): string[] {
  const texts: string[] = [];
  let at = skipSpace(json, 0);
  if (json[at] !== "[") return texts;
  at = skipSpace(json, at + 1);
  while (at < json.length && json[at] !== "]") {
    const end = endOfValue(json, at);
    texts.push(json.slice(at, end));
    at = skipSeparator(json, end);
  }
  return texts;
}

function skipSpace(json: string, from: number): number {
  let at = from;
  while (at < json.length && " \t\n\r".includes(json.charAt(at))) at++;
  return at;
}

function skipSeparator(json: string, from: number): number {
  const at = skipSpace(json, from);
  return json[at] === "," ? skipSpace(json, at + 1) : at;
}

function endOfString(json: string, quote: number): number {
  let at = quote + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfValue(json: string, start: number): number {
  let at = start;
  let depth = 0;
  while (at < json.length) {
    const letter = json.charAt(at);
    if (letter === '"') at = endOfString(json, at);
    else if ("{[".includes(letter)) {
      depth++;
      at++;
    } else if (depth === 0) {
      while (at < json.length && !", \t\n\r]}".includes(json.charAt(at))) at++;
    } else {
      if ("}]".includes(letter)) depth--;
      at++;
    }
    if (depth === 0) return at;
  }
  return at;
}
