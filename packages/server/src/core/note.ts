/**
 * Something worth a line in the log. `fields` are facts for programs: never a token, a key, a name or a message.
 * A `fault` is what was thrown.
 */
export type Note = (
  level: "debug" | "info" | "warning" | "error",
  what: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
  fault?: unknown,
) => void;
