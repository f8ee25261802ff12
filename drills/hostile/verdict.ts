/** What an input came to: taken, refused by a code or status, or something that must not happen. */
export type Verdict =
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly by: string }
  | { readonly kind: "wrong"; readonly why: string };

export const taken: Verdict = { kind: "taken" };

export function refused(by: string): Verdict {
  return { kind: "refused", by };
}

export function wrong(why: string): Verdict {
  return { kind: "wrong", why };
}
