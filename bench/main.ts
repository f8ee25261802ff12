/**
 * `npm run bench`: figures with goals, beside what the bare runtime does. `--guard` is quicker and fails when a figure is
 * worse than 0.7 of its goal; `--only NAME` runs one.
 */
import { FlagInvalid, Flags } from "../drills/flags.ts";
import { table } from "../drills/table.ts";
import { appendBench } from "./append.ts";
import { type Bench, type Figure, guardPart, holds, reaches } from "./bench.ts";
import { burstBench } from "./burst.ts";
import { catchUpBench } from "./catch-up.ts";
import { channelsBench } from "./channels.ts";
import { donationAlertsBench } from "./donationalerts.ts";
import { idleBench } from "./idle.ts";
import { oneBench } from "./one.ts";
import { postBench } from "./post.ts";
import { postgresBench } from "./postgres.ts";
import { postgresIdleBench } from "./postgres-idle.ts";
import { postgresRingBench } from "./postgres-ring.ts";
import { postgresScaleBench } from "./postgres-scale.ts";
import { shapeBench } from "./shape.ts";
import { startBench } from "./start.ts";

const benches: readonly Bench[] = [
  oneBench,
  burstBench,
  shapeBench,
  channelsBench,
  donationAlertsBench,
  appendBench,
  postBench,
  catchUpBench,
  startBench,
  idleBench,
  postgresBench,
  postgresRingBench,
  postgresScaleBench,
  postgresIdleBench,
];

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
      const begun = performance.now();
      figures.push(...(await bench.run(guard, print)));
      print(`${((performance.now() - begun) / 1000).toFixed(0)} s in all\n`);
    }
    if (figures.length > 0) print(summary(figures));
    for (const figure of figures.filter((each) => !reaches(each, 1))) {
      if (figure.limited !== undefined) print(`${figure.what}: ${figure.limited.by}`);
    }
    if (!guard) return 0;
    const missed = figures.filter((figure) => !holds(figure));
    for (const figure of figures) print(`${holds(figure) ? "held  " : "FAILED"}  ${asserted(figure)}`);
    print(`bench guard: ${missed.length === 0 ? "passed" : "FAILED"}`);
    return missed.length > 0 ? 1 : 0;
  } catch (fault) {
    if (!(fault instanceof FlagInvalid)) throw fault;
    process.stderr.write(`${fault.message}\n`);
    return 2;
  }
}

/** What a guard asks of a figure, in words. */
function asserted({ what, value, goal, better, unit, limited }: Figure): string {
  const from = limited?.to ?? goal;
  const bound = better === "more" ? from * guardPart : from / guardPart;
  const why = limited === undefined ? "the goal" : `${rounded(from)} ${unit}, the goal of ${goal} being out of reach`;
  const side = better === "more" ? "at least" : "at most";
  return `${what}: ${rounded(value)}, ${side} ${rounded(bound)} ${unit} (${guardPart} of ${why})`;
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
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
