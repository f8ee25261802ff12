import { sourcePlatforms } from "../packages/server/src/intake/connection.ts";
import { PostgresServer } from "../packages/server/test/postgres-server.ts";
import { Random } from "../packages/server/test/random.ts";
import { FlagInvalid, type Flags } from "./flags.ts";
import { type Judgement, lengthOf } from "./sources/judgement.ts";
import { drilledPlatforms } from "./sources/platforms.ts";
import { passed, sourceTrial, type TrialOptions, type TrialOutcome } from "./sources/trial.ts";
import { table } from "./table.ts";

const stores = ["sqlite", "postgres"];

/**
 * A platform's connection under everything that platforms and networks do: at the end the log holds what was given in the
 * sandbox, each once; where a platform has no history all but what was given within the gaps that are shown.
 */
export const sourceDrill = {
  name: "source",
  flag: "source",
  help: `A connection to a platform of the sandbox, while it is cut, refused and lied to, and nodes are killed.
--source ${sourcePlatforms.join("|")}  --store sqlite,postgres (both)  --faults N (30)  --donations N at least (500)
--rate DONATIONS/S (4)  --flood N (5000)  --nodes N on postgres (3)  --seed S (random)`,

  async run(flags: Flags, print: (line: string) => void): Promise<boolean> {
    const name = sourcePlatforms.find((each) => each === flags.text("source"));
    if (name === undefined) throw new FlagInvalid(`--source is one of ${sourcePlatforms.join(", ")}.`);
    const chosen = flags.text("store")?.split(",") ?? stores;
    const strange = chosen.find((store) => !stores.includes(store));
    if (strange !== undefined) throw new FlagInvalid(`--store is one of ${stores.join(", ")}, not "${strange}".`);
    const donations = flags.number("donations", 500, 1);
    const faults = flags.number("faults", 30);
    const flood = flags.number("flood", 5000);
    const rate = flags.number("rate", 4, 1);
    const nodes = flags.number("nodes", 3, 1);
    const seed = flags.number("seed", Math.floor(Math.random() * 2 ** 31));
    flags.refuseOthers();
    print(`drill source: seed ${seed}, ${name}, ${faults} faults, at least ${donations} donations, ${rate} a second`);
    const options = { platform: drilledPlatforms[name], donations, rate, faults, flood };
    let sound = true;
    for (const store of chosen) {
      const random = new Random(seed);
      const outcome = await (store === "sqlite"
        ? sourceTrial({ ...options, nodes: 1, random })
        : onPostgres({ ...options, nodes, random }));
      report(store === "sqlite" ? "SQLite, one node" : `PostgreSQL, ${nodes} nodes`, outcome, print);
      sound &&= passed(outcome);
    }
    return sound;
  },
};

async function onPostgres(options: TrialOptions): Promise<TrialOutcome> {
  const postgres = await PostgresServer.start();
  try {
    return await sourceTrial({ ...options, postgres });
  } finally {
    await postgres.drop();
  }
}

function report(where: string, outcome: TrialOutcome, print: (line: string) => void): void {
  const { storm, flood, faults, done, wasLockedOut, underWay, gaps, connection, milliseconds } = outcome;
  print("");
  print(`${where}, ${(milliseconds / 1000).toFixed(1)} s`);
  for (const [kind, count] of faults) print(`${String(count).padStart(5)}  ${kind}`);
  const counts = Object.entries(done).map(([what, count]) => `${what} ${count}`);
  print(`what the sandbox did: ${counts.join(", ")}`);
  if (wasLockedOut) print("refreshes refused: needs-authorization, and live again after a login");
  print(`donations under way at each kill: ${underWay.join(" ") || "none"}`);
  print("");
  print(
    table([
      ["", "given", "in the log", "lost", "duplicated", "mistaken", "phantom", "in gaps"],
      row("faults", storm),
      row("and the flood", flood),
    ]),
  );
  print("");
  const { status, quarantined, reconciled } = connection;
  print(
    `connection: ${status}, ${gaps.length} gaps shown, together ${(lengthOf(gaps) / 1000).toFixed(1)} s; ${quarantined} texts in quarantine${reconciled === null ? "" : `, last compared with the list: ${reconciled.missing} missing, ${reconciled.recovered} recovered`}`,
  );
  for (const [what, messages] of Object.entries({
    lost: flood.lost,
    duplicated: flood.duplicated,
    mistaken: flood.mistaken,
    phantom: flood.phantom,
  })) {
    if (messages.length > 0) print(`${what}: ${messages.slice(0, 10).join(", ")}`);
  }
}

function row(
  what: string,
  { given, stored, lost, duplicated, mistaken, phantom, inGaps }: Judgement,
): readonly (string | number)[] {
  return [what, given, stored, lost.length, duplicated.length, mistaken.length, phantom.length, inGaps];
}
