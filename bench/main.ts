/**
 * `npm run bench`: figures with goals, beside what the bare runtime does. `--guard` is quicker and fails when a figure is
 * worse than 0.7 of its goal; `--only NAME` runs one.
 */
import { FlagInvalid, Flags } from "../drills/flags.ts";
import { table } from "../drills/table.ts";
import { type Bench, type Figure, guardPart, reaches } from "./bench.ts";
import { burstBench } from "./burst.ts";
import { idleBench } from "./idle.ts";

const benches: readonly Bench[] = [burstBench, idleBench];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const print = (text: string) => void process.stdout.write(`${text}\n`);
  try {
    const flags = new Flags(args);
    const guard = flags.has("guard");
    const only = flags.text("only");
    flags.refuseOthers();
    const chosen = benches.filter(({ name }) => only === undefined || name === only);
    if (chosen.length === 0) throw new FlagInvalid(`--only is one of ${benches.map(({ name }) => name).join(", ")}.`);
    const figures: Figure[] = [];
    for (const bench of chosen) {
      print(`${bench.title}\n`);
      figures.push(...(await bench.run(guard, print)));
      print("");
    }
    print(summary(figures));
    const missed = figures.filter((figure) => !reaches(figure, guard ? guardPart : 1));
    if (guard) print(`bench guard: ${missed.length === 0 ? "passed" : "FAILED"} (at ${guardPart} of each goal)`);
    return guard && missed.length > 0 ? 1 : 0;
  } catch (fault) {
    if (!(fault instanceof FlagInvalid)) throw fault;
    process.stderr.write(`${fault.message}\n`);
    return 2;
  }
}

function summary(figures: readonly Figure[]): string {
  return table([
    ["", "measured", "goal", ""],
    ...figures.map((figure) => [
      figure.what,
      `${figure.measured} ${figure.unit}`,
      `${figure.better === "more" ? "at least" : "at most"} ${figure.goal} ${figure.unit}`,
      reaches(figure, 1) ? "reached" : "missed",
    ]),
  ]);
}
