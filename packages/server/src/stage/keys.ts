/** What a key of a stage opens: one screen, every control, or one control. */
export type KeyUse =
  | { readonly kind: "display"; readonly screen: number }
  | { readonly kind: "control" }
  | { readonly kind: "action"; readonly action: string };

export interface StageKey {
  readonly id: number;
  readonly stage: number;
  readonly use: KeyUse;
  /** For people. */
  readonly name: string;
  /** The key itself, sealed so that its owner can copy the link again. */
  readonly sealed: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When it stops working; `null`: it is a current one. */
  readonly expiresAt: number | null;
  /** When it was used last; `null`: never. */
  readonly usedAt: number | null;
}

export type NewStageKey = Pick<StageKey, "stage" | "use" | "name">;

/** The keys of stages. What ends one rings `stage:<id>`. */
export interface StageKeys {
  /** `secret` is told the key's id, and gives its SHA-256 (hex) and itself sealed. */
  create(
    key: NewStageKey,
    secret: (id: number) => { readonly hash: string; readonly sealed: string },
  ): Promise<StageKey>;
  byHash(hash: string): Promise<StageKey | undefined>;
  ofStage(stage: number): Promise<readonly StageKey[]>;
  /** The stage's keys of that use that were made before the one with the id `before` stop working at `until`, if not earlier. */
  expire(stage: number, use: KeyUse, before: number, until: number): Promise<void>;
  /** A key of that stage that opens no screen stops working at once. `false`: there is none such, or it works no more. */
  revoke(stage: number, id: number): Promise<boolean>;
  used(id: number): Promise<void>;
}

/** A key's last use is noted no more often, milliseconds. */
const noteUseEvery = 60_000;

/** Notes that a key was used just now, if that was not noted a moment ago. Answers the key as it is known then. */
export async function noteUse(keys: Pick<StageKeys, "used">, key: StageKey, now: number): Promise<StageKey> {
  if (now - (key.usedAt ?? 0) <= noteUseEvery) return key;
  await keys.used(key.id);
  return { ...key, usedAt: now };
}

/** Whether it still works at that time, milliseconds since 1970. */
export function isCurrent({ expiresAt }: StageKey, now: number): boolean {
  return expiresAt === null || expiresAt > now;
}

/** A use as two columns, and back. */
export function storedUse(use: KeyUse): { readonly kind: KeyUse["kind"]; readonly detail: string } {
  if (use.kind === "display") return { kind: "display", detail: String(use.screen) };
  return { kind: use.kind, detail: use.kind === "action" ? use.action : "" };
}

export function keyUseOf(kind: KeyUse["kind"], detail: string): KeyUse {
  if (kind === "display") return { kind, screen: Number(detail) };
  return kind === "action" ? { kind, action: detail } : { kind };
}
