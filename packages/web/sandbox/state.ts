/** What `GET /sandbox/state` gives. */
export interface SandboxState {
  readonly env: Readonly<Record<string, string>>;
  readonly creators: readonly {
    readonly slug: string;
    readonly name: string;
    readonly commands: Readonly<Record<string, string>>;
  }[];
  readonly faults: Readonly<Record<string, number>>;
  readonly faultKinds: Readonly<Record<string, FaultKind>>;
  /** How often each fault was done. */
  readonly counts: Readonly<Record<string, number>>;
  readonly knownCloses: readonly { readonly code: number; readonly means: string }[];
  /** Open sockets of the platforms. */
  readonly sockets: number;
}

export interface FaultKind {
  readonly title: string;
  readonly help: string;
  readonly unit: "part" | "milliseconds" | "seconds" | "code";
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

export async function readState(): Promise<SandboxState> {
  return (await ask("/sandbox/state")) as SandboxState;
}

/** Sends a JSON body. Throws an `Error` with the sandbox's own sentence when it is refused. */
export async function tell<T>(path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })) as T;
}

async function ask(path: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(path, init).catch(() => {
    throw new Error("The sandbox does not answer. Has it been stopped?");
  });
  const answer = (await response.json()) as { readonly message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The sandbox answered ${response.status}.`);
  return answer;
}
