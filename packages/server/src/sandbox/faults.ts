import { z } from "zod";

/** A switch of the sandbox. All are numbers; 0 is how the platforms are on a good day, save for what only says how. */
export interface FaultKind {
  /** What the page calls it. */
  readonly title: string;
  readonly help: string;
  /** `part`: so many of all, from 0 to 1. */
  readonly unit: "part" | "milliseconds" | "seconds" | "code";
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

function part(title: string, help: string): FaultKind {
  return { title, help, unit: "part", usual: 0, least: 0, most: 1 };
}

/** Every switch, once: the page, the flags of `tipwire sandbox`, `POST /sandbox/faults` and `docs/sandbox.md` come from here. */
export const faultKinds = {
  drop: part("Lose frames", "Frames that are never sent; 1: the sockets are open and silent."),
  duplicate: part("Double frames", "Frames that are sent twice."),
  reorder: part("Swap frames", "Frames that change places with the next one."),
  malformed: part("Damage frames", "Frames before which a damaged copy of them is sent."),
  delay: {
    title: "Delay frames",
    help: "How long a frame may take; frames keep their order.",
    unit: "milliseconds",
    usual: 0,
    least: 0,
    most: 60_000,
  },
  close: part("Close sockets", "Frames after which their socket is closed with the code below."),
  closeCode: {
    title: "Code of that close",
    help: "1006 breaks the connection without a word.",
    unit: "code",
    usual: 1006,
    least: 1000,
    most: 4999,
  },
  forget: part(
    "Forget what was missed",
    "DonationAlerts subscriptions that are taken up again and get nothing of what was missed: only its list has it.",
  ),
  tooMany: part("Answer 429", "Requests and connections that are answered 429."),
  retryAfter: {
    title: "Retry-After of a 429",
    help: "0: a 429 has no Retry-After.",
    unit: "seconds",
    usual: 0,
    least: 0,
    most: 3600,
  },
  serverError: part("Answer 5xx", "Requests and connections that are answered with the status below."),
  serverErrorStatus: {
    title: "Status of that answer",
    help: "500 to 599, with a page instead of JSON, as a proxy answers.",
    unit: "code",
    usual: 502,
    least: 500,
    most: 599,
  },
  refuseRefresh: part("Refuse refreshes", "Refreshes of DonationAlerts tokens that are answered invalid_grant."),
  tokenLife: {
    title: "Expire tokens early",
    help: "So long an access token works, whatever was promised; 0: as promised.",
    unit: "seconds",
    usual: 0,
    least: 0,
    most: 86_400,
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof faultKinds;
export type Faults = Readonly<Record<FaultName, number>>;

const entries = Object.entries(faultKinds) as [FaultName, FaultKind][];

export const noFaults = Object.fromEntries(entries.map(([name, { usual }]) => [name, usual])) as Faults;

/** Some of the switches, as they come over HTTP. */
export const faultsBody: z.ZodType<Partial<Faults>> = z.strictObject(
  Object.fromEntries(entries.map(([name, kind]) => [name, numberOf(kind).optional()])),
);

function numberOf({ unit, least, most }: FaultKind): z.ZodNumber {
  const number = z.number().min(least).max(most);
  return unit === "part" ? number : number.int();
}

/** `tooMany` is `--too-many`. */
export function flagOf(name: FaultName): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export const faultFlags: ReadonlyMap<string, FaultName> = new Map(entries.map(([name]) => [flagOf(name), name]));
