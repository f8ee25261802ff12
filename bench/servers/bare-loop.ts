/** Bare Bun that sends a finished frame to the sockets of one group at a time: the least that followers of channels cost. */
import type { ServerWebSocket } from "bun";
import { type Pace, pace } from "../pace.ts";
import { answerQuestions } from "../worker.ts";
import { BareRecords } from "./bare-record.ts";
import { scratchDirectory } from "./directory.ts";

const directory = scratchDirectory();
/** At least as many channels as there are groups. */
const channels = 2000;
const records = new BareRecords(directory.path, channels);
const groups = new Map<string, ServerWebSocket<string>[]>();
let frame: Uint8Array<ArrayBuffer> = new Uint8Array();

const server = Bun.serve<string>({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const data = new URL(request.url).pathname;
    return server.upgrade(request, { data }) ? undefined : new Response("", { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 180,
    open(socket) {
      const group = groups.get(socket.data);
      if (group === undefined) groups.set(socket.data, [socket]);
      else group.push(socket);
    },
    message: () => undefined,
  },
});

answerQuestions(
  {
    port: () => server.port,
    prepare(text: string): void {
      frame = new TextEncoder().encode(text);
    },
    /** Sends at a steady pace, to one group after the other; with `commit` each event is stored before. */
    async pace({ commit = false, ...given }: Pace & { commit?: boolean }): Promise<void> {
      const all = [...groups.values()];
      await pace(given, (i) => {
        if (commit) records.commit(1, 1 + (i % channels));
        for (const socket of all[i % all.length] ?? []) socket.send(frame);
      });
    },
  },
  () => {
    records.close();
    directory.remove();
  },
);
