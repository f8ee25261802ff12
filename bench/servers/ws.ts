/** The `ws` package on Node: one finished buffer to every socket, no compression. Also server-sent events by Node's own HTTP. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { quietMemory } from "../memory.ts";
import { answerQuestions, sharedNow } from "../worker.ts";

let frames: readonly Buffer[] = [];

const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write("event: hello\ndata: {}\n\n");
});
server.timeout = 0;
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4096, resolve));

answerQuestions({
  port: () => (server.address() as AddressInfo).port,
  memory: quietMemory,
  prepare(given: readonly string[]): void {
    frames = given.map((text) => Buffer.from(text));
  },
  burst(): number {
    const begun = sharedNow();
    for (const frame of frames) {
      for (const socket of sockets.clients) socket.send(frame, { binary: false });
    }
    return begun;
  },
});
