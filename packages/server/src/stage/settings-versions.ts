import type { StageSettings } from "./settings.ts";

/** Settings as they were saved. */
export interface SavedSettings {
  /** 0: the draft. */
  readonly version: number;
  readonly settings: StageSettings;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly by: string;
}

/** How many versions that were on stream are kept. */
export const keptVersions = 10;

/** The settings of stages: a draft each, and what is and was on stream. Putting one on stream rings `stage:<id>`. */
export interface SettingsVersions {
  /** The draft first, then what was on stream, newest first. */
  list(stage: number): Promise<readonly SavedSettings[]>;
  saveDraft(stage: number, settings: StageSettings, by: string): Promise<void>;
  /** Puts the draft on stream. Answers its version; `undefined`: there is no draft. */
  publish(stage: number, by: string): Promise<number | undefined>;
}
