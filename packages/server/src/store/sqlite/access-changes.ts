import type { Writer } from "./writer.ts";

/** Runs work in a transaction that also notes which subjects changed, and rings after its commit. */
export type Changing = <T>(work: (changed: (subject: string) => void) => T) => T;

export function changingAccess(writer: Writer): Changing {
  const note = writer.db.query<null, [string]>("INSERT INTO access_change (subject) VALUES (?)");
  return (work) => {
    let version = 0;
    const result = writer.transaction(() =>
      work((subject) => {
        version = Number(note.run(subject).lastInsertRowid);
      }),
    );
    if (version > 0) writer.options.ring("access", version);
    return result;
  };
}
