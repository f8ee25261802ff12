/** A `ws` client on Node that parses every message. */
import { WebSocket } from "ws";
import { answerQuestions } from "../worker.ts";

export interface Reading {
  readonly url: string;
  readonly token: string;
  readonly records: number;
}

interface Message {
  readonly kind?: string;
  readonly externalId: string;
}

answerQuestions({
  /** Milliseconds from connecting to the last record, each of which must come after the one before it. */
  read({ url, token, records }: Reading): Promise<number> {
    const begun = performance.now();
    const socket = new WebSocket(url, { perMessageDeflate: false, headers: { authorization: `Bearer ${token}` } });
    return new Promise((resolve, reject) => {
      let count = 0;
      let last = "";
      socket.on("error", reject);
      socket.on("close", (code) => reject(new Error(`closed with ${code} after ${count} records`)));
      socket.on("message", (data: Buffer) => {
        const { kind, externalId } = JSON.parse(data.toString()) as Message;
        if (kind === undefined) return;
        if (externalId <= last) return reject(new Error(`${externalId} came after ${last}`));
        last = externalId;
        count++;
        if (count < records) return;
        resolve(performance.now() - begun);
        socket.removeAllListeners("close");
        socket.close();
      });
    });
  },
});
