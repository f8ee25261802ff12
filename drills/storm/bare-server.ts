/** Bare Bun on a port that it is told: it accepts WebSockets and does nothing. */
import { answerQuestions } from "../../bench/worker.ts";

answerQuestions({
  /** Whether the port could be had. */
  listen(port: number): boolean {
    try {
      Bun.serve({
        hostname: "127.0.0.1",
        port,
        fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("", { status: 426 })),
        websocket: { perMessageDeflate: false, idleTimeout: 180, message: () => undefined },
      });
      return true;
    } catch {
      return false;
    }
  },
});
