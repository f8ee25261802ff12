/** Where the applications of this drill have their people sent back to. */
export const redirectUris = ["https://bot.example/back", "bot-app://back?from=tipwire"] as const;

/**
 * Whether an answer may send somebody there: to this server itself, or to an address that an application registered. One that
 * the request brought along and that nobody registered is an open redirect.
 */
export function mayBeSentTo(location: string, request: Buffer): boolean {
  if (/^\/(?![/\\])/.test(location)) return true;
  if (redirectUris.some((uri) => location.startsWith(uri))) return true;
  const place = location.split(/[?#]/, 1)[0] ?? "";
  return !plain(request).some((text) => text.includes(place));
}

/** What a request says, as it stands and with its escapes read. */
function plain(request: Buffer): readonly string[] {
  const text = request.toString();
  const read = text
    .replaceAll("+", " ")
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return [text, read];
}
