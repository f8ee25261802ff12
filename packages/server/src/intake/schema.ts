import { z } from "zod";
import { type ErrorCode, Refused } from "../core/errors.ts";

/**
 * Text of `least` to `most` UTF-16 units. The length is asked for behind a pipe: zod measures whatever has a `length`, also
 * an object of somebody's JSON that only looks like text.
 */
export function text(least: number, most: number) {
  return z.string().pipe(z.string().min(least).max(most));
}

/** The same without the white space around it. */
export function trimmedText(least: number, most: number) {
  return z.string().trim().pipe(z.string().min(least).max(most));
}

/** What something is recognised by, and told apart from others: text that every program writes alike. */
export function identityText(most: number) {
  return text(1, most).refine(
    (name) => name.isWellFormed() && !/\p{Cc}/u.test(name),
    "must be text without control characters",
  );
}

/** `least` to `most` things of one kind. */
export function list<T extends z.ZodType>(item: T, least: number, most: number) {
  return z.array(z.unknown()).pipe(z.array(item).min(least).max(most));
}

/**
 * What somebody sent, as `schema` describes it. Throws `Refused`: `body_invalid`, or `field_invalid` with the field's name,
 * unless `codes` has another code for that field.
 */
export function readAs<T>(schema: z.ZodType<T>, value: unknown, codes: Readonly<Record<string, ErrorCode>> = {}): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join(".") ?? "";
  if (path === "") throw new Refused("body_invalid", "The body is not a JSON object.");
  const code = codes[path];
  if (code !== undefined) throw new Refused(code);
  throw new Refused("field_invalid", `${path}: ${issue?.message ?? "is not of the documented form"}.`);
}
