/** Bare Bun that stores what is posted with one commit each, sends it to every WebSocket, and answers. */
import type { ServerWebSocket } from "bun";
import { answerQuestions } from "../worker.ts";
import { BareRecords } from "./bare-record.ts";
import { scratchDirectory } from "./directory.ts";

const directory = scratchDirectory();
const records = new BareRecords(directory.path);
const sockets = new Set<ServerWebSocket<undefined>>();

const server = Bun.serve<undefined>({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request, server) {
    if (server.upgrade(request, { data: undefined })) return undefined;
    const body = await request.text();
    records.commit(1);
    for (const socket of sockets) socket.send(body);
    return new Response("{}", { status: 201 });
  },
  websocket: {
    perMessageDeflate: false,
    open: (socket) => void sockets.add(socket),
    close: (socket) => void sockets.delete(socket),
    message: () => undefined,
  },
});

answerQuestions({ port: () => server.port }, () => {
  records.close();
  directory.remove();
});
