/**
 * A client that shares no code with Tipwire: Node and the `ws` package. Its argument is a JSON list of sockets to open,
 * `{ url, headers?, say? }`. It prints what it met as soon as all are open, and all of it when the server has closed them.
 */
import WebSocket from "ws";

const sockets = JSON.parse(process.argv[2] ?? "[]");
const met = sockets.map(() => ({ frames: [], binary: 0 }));
const opened = sockets.map(({ url, headers, say = [] }, i) => {
  const socket = new WebSocket(url, { headers });
  const entry = met[i];
  socket.on("message", (data, isBinary) => {
    entry.frames.push(data.toString());
    if (isBinary) entry.binary++;
  });
  socket.on("error", () => undefined);
  return new Promise((resolve) => {
    socket.on("open", () => {
      for (const message of say) socket.send(message);
      resolve(undefined);
    });
    socket.on("unexpected-response", async (_request, response) => {
      let body = "";
      for await (const part of response) body += part;
      entry.refused = { status: response.statusCode, type: response.headers["content-type"], body };
      resolve(undefined);
    });
    socket.on("close", (code, reason) => {
      entry.closed = { code, reason: reason.toString() };
    });
  });
});

await Promise.all(opened);
console.log(JSON.stringify({ node: process.versions.node, bun: process.versions.bun, met }));
while (met.some((entry) => entry.refused === undefined && entry.closed === undefined)) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log(JSON.stringify({ met }));
