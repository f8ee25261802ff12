import { randomBytes } from "node:crypto";
import { FaultProxy } from "../../packages/server/test/fault-proxy.ts";
import type { PostgresServer } from "../../packages/server/test/postgres-server.ts";
import type { Random } from "../../packages/server/test/random.ts";
import { type SandboxProgram, startSandboxProgram } from "../../packages/server/test/sandbox-program.ts";
import { pause, within } from "../pause.ts";
import { DrilledServer } from "../server.ts";
import type { Gap } from "./judgement.ts";

/** Where donations go. */
export const channel = "main";

export interface SourcesWorldOptions {
  /** Without it there is one node, on its own SQLite. */
  readonly postgres?: PostgresServer;
  readonly nodes: number;
  readonly random: Random;
}

/** What the drill looks at in a connection. */
export interface DrilledConnection {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
  readonly heardAt: string | null;
  readonly quarantined: number;
  readonly reconciled: { readonly at: string; readonly missing: number; readonly recovered: number } | null;
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
}

/** A sandbox as the outside world, the nodes of a Tipwire that is connected to it, and a line between them that can be cut. */
export class SourcesWorld implements AsyncDisposable {
  readonly sandbox: SandboxProgram;
  readonly nodes: readonly DrilledServer[];
  /** Between every node and the sandbox. */
  readonly line: FaultProxy;
  /** Where browsers find the first node, whatever its port is. */
  readonly front: FaultProxy;
  readonly #gaps = new Map<string, Gap>();

  private constructor(sandbox: SandboxProgram, nodes: readonly DrilledServer[], line: FaultProxy, front: FaultProxy) {
    this.sandbox = sandbox;
    this.nodes = nodes;
    this.line = line;
    this.front = front;
  }

  static async start({ postgres, nodes, random }: SourcesWorldOptions): Promise<SourcesWorld> {
    const [line, front] = [await FaultProxy.start(0), await FaultProxy.start(0)];
    const sandbox = await startSandboxProgram([
      ...["--public-url", `http://localhost:${line.port}`],
      ...["--redirect-uri", `http://localhost:${front.port}/api/auth/donationalerts/callback`],
    ]);
    line.target = Number(new URL(sandbox.url).port);
    const database = postgres && (await postgres.createDatabase());
    const settings = {
      ...sandbox.guide.env,
      ...(database !== undefined && {
        TIPWIRE_DATABASE_URL: database,
        TIPWIRE_SECRET_KEY: randomBytes(32).toString("hex"),
      }),
    };
    const started: DrilledServer[] = [];
    for (let i = 0; i < nodes; i++) started.push(await DrilledServer.start(random.fork(), { env: settings }));
    const world = new SourcesWorld(sandbox, started, line, front);
    front.target = world.first.port;
    return world;
  }

  get first(): DrilledServer {
    return this.nodes[0] as DrilledServer;
  }

  any(random: Random): DrilledServer {
    return this.nodes[random.below(this.nodes.length)] as DrilledServer;
  }

  /** The only connection there is. Throws while no node answers. */
  async connection(): Promise<DrilledConnection> {
    const { connections } = (await this.#ask("/v1/connections")) as { connections: readonly DrilledConnection[] };
    const [only] = connections;
    if (only === undefined) throw new Error("There is no connection.");
    for (const { from, to } of only.gaps)
      this.#gaps.set(`${from}-${to}`, { from: Date.parse(from), to: Date.parse(to) });
    return only;
  }

  /** Every gap that was shown so far, as far as anybody looked; a connection itself shows its last 20. */
  get gaps(): readonly Gap[] {
    return [...this.#gaps.values()];
  }

  /** Resolves with the connection as soon as `suits` says so; throws with what it is after `ms`. */
  async until(what: string, suits: (connection: DrilledConnection) => boolean, ms: number): Promise<DrilledConnection> {
    let last: DrilledConnection | undefined;
    for (const deadline = performance.now() + ms; performance.now() < deadline; await pause(50)) {
      last = await this.connection().catch(() => last);
      if (last !== undefined && suits(last)) return last;
    }
    throw new Error(`It was waited in vain until ${what}: ${JSON.stringify(last)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => within(node[Symbol.asyncDispose](), 5000)));
    await within(this.sandbox.stop(), 5000);
    this.line.stop();
    this.front.stop();
  }

  /** Of any node that answers. */
  async #ask(path: string): Promise<unknown> {
    let fault: unknown;
    for (const { api } of this.nodes) {
      try {
        return await api.ask("GET", path);
      } catch (caught) {
        fault = caught;
      }
    }
    throw fault;
  }
}
