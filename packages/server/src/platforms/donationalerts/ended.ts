import type { SourceEnd } from "../../intake/source.ts";

/** Thrown from wherever in a source it is found out that its run is over. */
export class Ended extends Error {
  readonly end: SourceEnd;

  constructor(end: SourceEnd, options?: ErrorOptions) {
    super(end.reason, options);
    this.end = end;
  }
}

/** A run that is worth another try, after `after` milliseconds where there is a reason for that. */
export function retry(reason: string, after?: number): Ended {
  return new Ended({ status: "retry", reason, ...(after !== undefined && { after }) });
}

export function needsAuthorization(reason: string): Ended {
  return new Ended({ status: "needs-authorization", reason });
}
