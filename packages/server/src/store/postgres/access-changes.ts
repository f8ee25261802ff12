import type { Ring } from "../../log/doorbell.ts";
import type { Database, Statements } from "./database.ts";

/** Runs work in a transaction that also notes which subjects changed, and rings after its commit. */
export type Changing = <T>(
  work: (statements: Statements, changed: (subject: string) => void) => Promise<T>,
) => Promise<T>;

export function changingAccess(database: Database, ring: Ring): Changing {
  return async <T>(work: (statements: Statements, changed: (subject: string) => void) => Promise<T>) => {
    let subjects: string[] = [];
    // What is noted locks the log of changes for every node: it goes along with the commit.
    const { result, rows } = await database.transaction(
      (statements) => {
        subjects = [];
        return work(statements, (subject) => subjects.push(subject));
      },
      () => (subjects.length === 0 ? undefined : `SELECT ${subjects.map(noting).join(", ")}`),
    );
    const version = Math.max(0, ...rows.flatMap((row) => Object.values(row).map(Number)));
    if (version > 0) ring("access", version);
    return result;
  };
}

/** Subjects are a word and a number of ours: `key:3`. */
function noting(subject: string, column: number): string {
  if (!/^[a-z]+:\d+$/.test(subject)) throw new Error(`${subject} is no subject.`);
  return `note_access_change('${subject}') AS version${column}`;
}
