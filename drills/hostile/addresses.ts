import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../packages/server/src/config.ts";
import { systemClock } from "../../packages/server/src/core/clock.ts";
import { Refused } from "../../packages/server/src/core/errors.ts";
import { type Answer, Router } from "../../packages/server/src/http/router.ts";
import { serve } from "../../packages/server/src/serve.ts";
import type { Input } from "./inputs/input.ts";
import { targetOf } from "./target.ts";

/** Everything that a server answers, as its own code says it, and how often each was tried. */
export class Addresses {
  readonly #router: Router;
  readonly #names = new Map<Answer, string>();
  readonly #tried = new Map<string, number>();

  /** `routes`: by method and pattern. `protocols`: of its WebSockets. */
  constructor(routes: readonly { readonly method: Method; readonly pattern: string }[], protocols: readonly string[]) {
    this.#router = new Router(
      routes.map(({ method, pattern }) => {
        const answer = () => new Response();
        this.#names.set(answer, `${method} ${pattern}`);
        return { method, pattern, answer };
      }),
    );
    for (const name of [...this.#names.values(), ...protocols.map(socketsOf)]) this.#tried.set(name, 0);
  }

  /** Asks a server of the same code, started for that. */
  static async ofTheServer(): Promise<Addresses> {
    const dataDir = mkdtempSync(join(tmpdir(), "tipwire-addresses-"));
    const config = readConfig({ flags: ["--port", "0", "--data-dir", dataDir], env: {}, usualDataDir: dataDir });
    const nobody = () => {};
    const serving = await serve({ config, clock: systemClock, pid: process.pid, note: nobody, broken: nobody });
    await serving.stop();
    rmSync(dataDir, { recursive: true, force: true });
    const { routes, endpoints } = serving.app;
    return new Addresses(
      routes,
      endpoints.map(({ name }) => name),
    );
  }

  get count(): number {
    return this.#tried.size;
  }

  /** Counts an input where it was sent to. */
  note(input: Input): void {
    const name = input.via === "socket" ? socketsOf(input.protocol) : this.#nameOf(input.bytes);
    if (name !== undefined) this.#tried.set(name, (this.#tried.get(name) ?? 0) + 1);
  }

  /** Those that fewer inputs than `least` were sent to. */
  neglected(least: number): readonly string[] {
    const few = [...this.#tried].filter(([, times]) => times < least);
    return few.map(([name, times]) => `${name} was tried ${times} times, which is less than ${least}`);
  }

  /** How often the one was tried that was tried least. */
  get least(): number {
    return Math.min(...this.#tried.values());
  }

  #nameOf(bytes: Buffer): string | undefined {
    const target = targetOf(bytes);
    if (target === undefined) return undefined;
    try {
      return this.#names.get(this.#router.find(target.method, target.pathname).answer);
    } catch (fault) {
      if (fault instanceof Refused) return undefined;
      throw fault;
    }
  }
}

type Method = ConstructorParameters<typeof Router>[0][number]["method"];

function socketsOf(protocol: string): string {
  return `WebSocket ${protocol}`;
}
