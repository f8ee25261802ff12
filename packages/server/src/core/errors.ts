/**
 * Everything that Tipwire refuses, in one table: HTTP status and the plain sentence that a person reads.
 * The code is also the anchor of its explanation in `docs/errors.md`.
 */
const table = {
  json_invalid: [400, "The body is not valid JSON."],
  body_invalid: [400, "The body is not what this address takes."],
  body_too_large: [413, "The body is larger than 64 KB."],
  field_invalid: [400, "A field of the body is not of the documented form."],
  amount_missing: [400, "A donation needs an amount and a currency."],
  amount_invalid: [400, "The amount is not a positive decimal number such as 5.00."],
  amount_too_precise: [400, "The amount has more decimals than its currency."],
  amount_too_large: [400, "The amount is larger than can be kept exactly."],
  currency_unknown: [400, "The currency is not an ISO 4217 code; send currencyExponent with it if it is meant."],
  parameter_invalid: [400, "A query parameter is not of the documented form."],
  cursor_invalid: [400, "This is no cursor; use one that Tipwire gave you, or oldest, or head."],
  token_missing: [401, "Send an API key or a stream token as Authorization: Bearer …"],
  token_invalid: [401, "This key or token is unknown."],
  token_expired: [401, "This token has expired; use the one that replaced it."],
  token_revoked: [401, "This key was revoked."],
  scope_missing: [403, "This key may not do that."],
  channel_unknown: [404, "There is no such channel, or this key does not cover it."],
  event_unknown: [404, "There is no such event in this channel."],
  account_unknown: [404, "There is no such account."],
  key_unknown: [404, "There is no such key."],
  application_unknown: [404, "There is no such application, or it is not yours."],
  grant_unknown: [404, "This channel has granted nothing under that number, or it was revoked before."],
  connection_unknown: [404, "There is no such connection, or it is not yours."],
  platform_missing: [400, "This platform cannot be connected here."],
  access_invalid: [400, "What was given does not connect that account."],
  quarantine_not_empty: [409, "There are texts in quarantine; read them again or discard them first."],
  secret_key_missing: [
    409,
    "Keys of other services are stored sealed: set TIPWIRE_SECRET_KEY, the same on every node.",
  ],
  member_unknown: [404, "This account is not a member of that channel."],
  stage_unknown: [404, "This channel has no such stage; its first overlay makes the main one."],
  overlay_unknown: [404, "This channel has no such overlay."],
  control_impossible: [409, "That cannot be done now: there is no such alert, or it is past that."],
  draft_missing: [409, "There is no draft to put on stream."],
  media_unknown: [404, "This channel has no such file."],
  media_unaccepted: [
    415,
    "This is no file that can be shown or played. Pictures: PNG, JPEG, WebP, GIF, at most 10 MB. Videos: WebM with VP8 or VP9, at most 30 MB. Sounds: MP3, WAV, Ogg, at most 5 MB and a minute.",
  ],
  media_invalid: [400, "This file is not what it begins as."],
  media_too_large: [413, "The file is larger than one of its kind may be."],
  media_full: [409, "The channel has as many files, or bytes of them, as it may."],
  media_in_use: [409, "A stage still shows or plays this file; change its settings first."],
  range_beyond: [416, "The file ends before the bytes that were asked for."],
  prefetch_refused: [403, "This address does something: it is not opened ahead of time."],
  not_found: [404, "There is nothing at this address."],
  method_unknown: [405, "This address does not take that method."],
  name_taken: [409, "That name is taken."],
  upgrade_needed: [426, "This address speaks WebSocket only."],
  too_many_failures: [429, "Too many failed sign-ins from this address; wait a little."],
  too_many_uploads: [429, "Another file is on its way; wait until it is there."],
  too_many_connections: [429, "Too many connections; wait a little."],
  internal: [500, "Something went wrong here; nothing was stored."],
  storage_failed: [503, "The store cannot write just now; nothing was stored, try again."],
  shutting_down: [503, "Tipwire is stopping; try again in a moment."],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof table;

export const errorCodes = Object.keys(table) as ErrorCode[];

export function errorStatus(code: ErrorCode): number {
  return table[code][0];
}

export function errorSentence(code: ErrorCode): string {
  return table[code][1];
}

/** A refusal on its way to the edge that words it. `detail` replaces the table's sentence where it can say more. */
export class Refused extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? errorSentence(code), options);
    this.name = "Refused";
    this.code = code;
  }
}
