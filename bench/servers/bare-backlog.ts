/** Bare Bun that sends many finished messages to whoever connects, waiting while the socket is full: what a client can take. */
import type { ServerWebSocket } from "bun";
import { answerQuestions } from "../worker.ts";

/** As many in one cork as Tipwire puts there. */
const together = 100;
let frames: readonly string[] = [];
let total = 0;

interface Reader {
  sent: number;
}

function send(socket: ServerWebSocket<Reader>): void {
  while (socket.data.sent < total && socket.getBufferedAmount() < 64 * 1024) {
    socket.cork(() => {
      const end = Math.min(total, socket.data.sent + together);
      while (socket.data.sent < end) socket.sendText(frames[socket.data.sent++] ?? "");
    });
  }
}

const server = Bun.serve<Reader>({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request, { data: { sent: 0 } }) ? undefined : new Response("", { status: 426 }),
  websocket: { perMessageDeflate: false, open: send, drain: send, message: () => undefined },
});

answerQuestions({
  port: () => server.port,
  /** `template` with its number, seven digits, as its only difference. */
  prepare({ template, number, count }: { template: string; number: string; count: number }): void {
    frames = Array.from({ length: count }, (_, i) => template.replaceAll(number, String(i + 1).padStart(7, "0")));
    total = count;
  },
});
