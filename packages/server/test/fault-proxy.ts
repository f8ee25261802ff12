/** TCP between two programs that can go wrong as networks do. */
import { createServer, type Server, type Socket, connect as tcp } from "node:net";

/** Stands before a port of 127.0.0.1. What it leads to may change; a connection keeps what it has. */
export class FaultProxy {
  readonly port: number;
  /** The port that new connections are led to. */
  target: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #forsaken: Socket[] = [];

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.port = (server.address() as { port: number }).port;
    this.target = target;
    server.on("connection", (near) => this.#join(near));
  }

  static start(target: number): Promise<FaultProxy> {
    return new Promise((resolve) => {
      const server = createServer({ pauseOnConnect: true });
      server.listen(0, "127.0.0.1", () => resolve(new FaultProxy(server, target)));
    });
  }

  /** Half-open: what is connected now is never told anything again, and never that it ended. New connections work. */
  forsake(): number {
    const forsaken = this.#pairs.size;
    for (const pair of this.#pairs) {
      for (const socket of pair) socket.removeAllListeners("data").removeAllListeners("close").pause();
      this.#forsaken.push(...pair);
    }
    this.#pairs.clear();
    return forsaken;
  }

  /** Breaks what is connected. */
  cut(): void {
    for (const [near] of this.#pairs) near.destroy();
  }

  stop(): void {
    this.#server.close();
    this.cut();
    for (const socket of this.#forsaken.splice(0)) socket.destroy();
  }

  #join(near: Socket): void {
    const far = tcp(this.target, "127.0.0.1");
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near]] as const) {
      from.setNoDelay(true);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => undefined);
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    near.resume();
  }
}
