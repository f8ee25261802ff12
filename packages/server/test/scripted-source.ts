import { other } from "../src/intake/decoded.ts";
import type { Source, SourceEnd, SourceSession } from "../src/intake/source.ts";
import type { GivenAccess, SourceFactory } from "../src/intake/source-factory.ts";

/** A run of a scripted source: what a test says through it, and how it ends it. */
export interface ScriptedRun {
  readonly session: SourceSession;
  end(how: SourceEnd): void;
  fail(fault: Error): void;
}

/** Sources that do what a test says, one run after the other, whichever connection they are of. */
export class ScriptedPlatform implements SourceFactory {
  readonly runs: ScriptedRun[] = [];
  silence = 90_000;
  /** Ends when it is told to, as a source has to. */
  obedient = true;
  decode: SourceFactory["decode"] = () => other("nothing");
  /** Thrown where a source is to be made. */
  unable: Error | undefined;
  #began: () => void = () => undefined;

  open(): Source {
    if (this.unable !== undefined) throw this.unable;
    return { run: (session) => this.#run(session) };
  }

  accept({ key, page }: GivenAccess) {
    return key === "" ? "It needs a key." : { account: page, name: page, secret: key };
  }

  get last(): ScriptedRun {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error("nothing runs");
    return run;
  }

  /** Resolves when there have been so many runs. */
  async began(count: number): Promise<ScriptedRun> {
    while (this.runs.length < count) {
      await new Promise<void>((resolve) => {
        this.#began = resolve;
      });
    }
    return this.runs[count - 1] as ScriptedRun;
  }

  #run(session: SourceSession): Promise<SourceEnd> {
    return new Promise((resolve, reject) => {
      this.runs.push({ session, end: resolve, fail: reject });
      this.#began();
      session.signal.addEventListener("abort", () => {
        if (this.obedient) resolve({ status: "retry", reason: "aborted" });
      });
    });
  }
}
