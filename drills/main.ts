/**
 * `npm run drill -- …`: faults against the running program, each drill a file. A drill prints its seed, what it did and
 * a table, ends with one line `drill NAME: passed` or `drill NAME: FAILED`, and the exit code is 1 if anything was violated,
 * 4 if it only took too long (3, and the last line `cannot run here: …`, if the machine lacks what a drill needs).
 */
import { crashPointsDrill } from "./crash-points.ts";
import { CannotRunHere } from "./disk/strace.ts";
import { diskFaultsDrill } from "./disk-faults.ts";
import { FlagInvalid, Flags } from "./flags.ts";
import { hostileDrill } from "./hostile/drill.ts";
import { killsDrill } from "./kills.ts";
import { nodesDrill } from "./nodes.ts";
import { powerLossDrill } from "./power-loss.ts";
import { slowReaderDrill } from "./slow-reader.ts";
import { soakDrill } from "./soak.ts";
import { sourceDrill } from "./source.ts";
import { stageDrill } from "./stage.ts";
import { stormDrill } from "./storm.ts";

interface Drill {
  readonly name: string;
  /** The flag that chooses it. */
  readonly flag: string;
  readonly help: string;
  /** Whether every promise held; `too-slow`: all but a bound on time. */
  run(flags: Flags, print: (line: string) => void): Promise<boolean | "too-slow">;
}

/** The first whose flag is given: `--nodes 3 --kills 500` is a drill of nodes. */
const drills: readonly Drill[] = [
  sourceDrill,
  stageDrill,
  nodesDrill,
  crashPointsDrill,
  killsDrill,
  hostileDrill,
  powerLossDrill,
  diskFaultsDrill,
  stormDrill,
  soakDrill,
  slowReaderDrill,
];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  if (args.includes("--help")) {
    for (const { flag, help } of drills) print(`--${flag}\n${help.replaceAll(/^/gm, "    ")}`);
    return 0;
  }
  try {
    const flags = new Flags(args);
    const drill = drills.find(({ flag }) => flags.has(flag)) ?? killsDrill;
    const outcome = await drill.run(flags, print);
    print(`drill ${drill.name}: ${outcome === true ? "passed" : "FAILED"}`);
    if (outcome === "too-slow") return 4;
    return outcome ? 0 : 1;
  } catch (fault) {
    if (fault instanceof CannotRunHere) {
      print(`cannot run here: ${fault.message}`);
      return 3;
    }
    if (!(fault instanceof FlagInvalid)) throw fault;
    process.stderr.write(`${fault.message}\n`);
    return 2;
  }
}
