import type { Random } from "../../../packages/server/test/random.ts";
import { mutateBytes, pick, word } from "../mutate.ts";
import type { World } from "../world.ts";
import type { Kind } from "./input.ts";
import { inAddress } from "./mutated-request.ts";
import { events, raw, request } from "./request.ts";

/** HTTP itself, of nobody in particular. */
export const bareHttpKinds: readonly Kind[] = [
  {
    name: "HTTP: request line",
    authenticated: false,
    share: 10,
    make: (_, random) => {
      const line = `${pick(random, methods)} ${random.chance(0.5) ? pick(random, targets) : word(random)} ${pick(random, versions)}`;
      return raw(Buffer.from(`${line}\r\nHost: localhost\r\n\r\n`, "latin1"));
    },
  },
  {
    name: "HTTP: headers",
    authenticated: false,
    share: 10,
    make: (_, random) => {
      const host = `Host: ${random.chance(0.5) ? "localhost" : word(random)}\r\n`;
      const lines = Array.from(
        { length: random.below(5) },
        () => `${word(random)}${pick(random, [":", ": ", " :", ""])}${word(random)}\r\n`,
      );
      return raw(
        Buffer.from(`GET /v1/me HTTP/1.1\r\n${host}${lines.join("")}\r\n`, random.chance(0.5) ? "latin1" : "utf8"),
      );
    },
  },
  {
    name: "HTTP: two lengths, smuggling",
    authenticated: false,
    share: 12,
    make: (world, random) =>
      raw(random.chance(0.5) ? smuggled(random, world) : mutateBytes(random, smuggled(random, world))),
  },
  {
    name: "HTTP: any address",
    authenticated: false,
    share: 6,
    make: (_, random) => {
      const path = `/${inAddress(random, word(random))}/${inAddress(random, word(random))}`;
      const method = pick(random, ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
      return {
        via: "http",
        bytes: request(method, path, "x", method === "GET" ? undefined : word(random)),
        answers: "runtime",
      };
    },
  },
  {
    name: "HTTP: bytes",
    authenticated: false,
    share: 4,
    make: (_, random) => {
      const bytes = new Uint8Array(1 + random.below(400));
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256);
      return raw(Buffer.from(bytes));
    },
  },
];

const methods = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "CONNECT",
  "get",
  "FOO",
  "",
  "PRI",
];
const versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "", "HTTP/1.1\0", "HTTP/11"];
const targets = [
  "/",
  "*",
  "//",
  "/v1/me",
  "http://x/healthz",
  "http://[/",
  "healthz",
  "/%",
  "/%zz",
  "/..%2f",
  "/ws",
  "/\xff",
];
const framings = [
  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
  "Transfer-Encoding: xchunked\r\n",
  "Transfer-Encoding: chunked, chunked\r\n",
  "Transfer-Encoding:\tchunked\r\n",
  "Transfer-Encoding : chunked\r\n",
  "Content-Length: 5\r\nContent-Length: 6\r\n",
  "Content-Length: 5, 5\r\n",
  "Content-Length: +5\r\n",
  "Content-Length: 0x5\r\n",
  "Content-Length: 5 \r\nX: \r\n y\r\n",
  "Content-Length: -5\r\n",
  "Content-Length: 18446744073709551621\r\n",
  "Content-Length: \r\n",
];

function smuggled(random: Random, world: World): Buffer {
  const body = random.chance(0.5) ? "hello" : "0\r\n\r\nGET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n";
  const head = `POST ${events(world)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${world.key}\r\n`;
  return Buffer.from(`${head}${pick(random, framings)}\r\n${body}`, "latin1");
}
