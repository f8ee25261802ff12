import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TipwireApi } from "@tipwire/client";
import { readConfig } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import type { Note } from "./core/note.ts";
import { guideTo } from "./sandbox/guide.ts";
import { Misbehaviour } from "./sandbox/misbehaviour.ts";
import type { SandboxOptions } from "./sandbox/options.ts";
import type { OutsideWorld } from "./sandbox/outside-world.ts";
import { sandboxSurroundings } from "./sandbox/surroundings.ts";
import { populate } from "./sandbox/world.ts";
import { serve } from "./serve.ts";

export { readSandboxOptions, sandboxHelp } from "./sandbox/options.ts";
export { sandboxWelcome } from "./sandbox/welcome.ts";

export interface SandboxParts {
  readonly options: SandboxOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pid: number;
  readonly note: Note;
  /** Told when its disk can no longer be trusted. */
  readonly broken: (reason: string) => void;
}

/** A running outside world. */
export interface Sandbox {
  readonly world: OutsideWorld;
  /** Stops it and deletes all that it kept. */
  stop(): Promise<void>;
}

/**
 * A server of its own on a directory that goes with it, which plays DonationAlerts, Pally and Tuniform: the very protocols
 * that Tipwire speaks to programs, with creators, and with switches to misbehave. Throws `CannotStart`, `SettingInvalid`.
 */
export async function startSandbox({ options, clock, random, pid, note, broken }: SandboxParts): Promise<Sandbox> {
  const dataDir = mkdtempSync(join(tmpdir(), "tipwire-sandbox-"));
  const forget = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const config = readConfig({ flags: options.serverFlags, env: {}, usualDataDir: dataDir });
    const misbehaviour = new Misbehaviour({ clock, random });
    misbehaviour.set(options.faults);
    const ready = Promise.withResolvers<OutsideWorld>();
    const surroundings = sandboxSurroundings({ misbehaviour, world: ready.promise });
    const serving = await serve({ config, clock, pid, note, broken, surroundings });
    const stop = async () => {
      await serving.stop();
      forget();
    };
    try {
      const { url, key } = JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8")) as Record<
        "url" | "key",
        string
      >;
      const api = new TipwireApi({ url, key });
      const made = await populate(api, options);
      const world = { ...made, api, guide: guideTo({ url: serving.app.url, localUrl: url }, made) };
      ready.resolve(world);
      return { world, stop };
    } catch (fault) {
      await serving.stop();
      throw fault;
    }
  } catch (fault) {
    forget();
    throw fault;
  }
}
