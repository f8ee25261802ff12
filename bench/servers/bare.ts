/** Bare Bun: what the machine and the runtime can do without us. */
import { quietMemory } from "../memory.ts";
import { answerQuestions, sharedNow } from "../worker.ts";

const topic = "all";
let frames: readonly Uint8Array<ArrayBuffer>[] = [];

const hello = new TextEncoder().encode("event: hello\ndata: {}\n\n");
const eventStream = { "content-type": "text/event-stream", "cache-control": "no-store" };

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    if (server.upgrade(request)) return undefined;
    server.timeout(request, 0);
    return new Response(new ReadableStream({ start: (stream) => stream.enqueue(hello) }), { headers: eventStream });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 180,
    open: (socket) => {
      socket.subscribe(topic);
    },
    message: () => undefined,
  },
});

answerQuestions({
  port: () => server.port,
  memory: quietMemory,
  /** What it will publish, encoded before the time is taken. */
  prepare(given: readonly string[]): void {
    frames = given.map((text) => new TextEncoder().encode(text));
  },
  /** Publishes everything in one turn; gives when it began. */
  burst(): number {
    const begun = sharedNow();
    for (const frame of frames) server.publish(topic, frame);
    return begun;
  },
});
