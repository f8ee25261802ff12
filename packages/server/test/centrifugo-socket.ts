import type { Program } from "./program.ts";

/** A socket that speaks the protocol by hand: its frames, parsed, and its end. */
export class CentrifugoSocket {
  readonly frames: { id?: number; result?: Record<string, unknown> }[] = [];
  readonly ended: Promise<{ code: number; at: number }>;
  readonly #socket: WebSocket;
  #isOpen = false;
  #isEnded = false;
  #look: () => void = () => undefined;

  constructor(node: Pick<Program, "url">) {
    this.#socket = new WebSocket(`${node.url.replace("http", "ws")}/connection/websocket`);
    this.#socket.onmessage = ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as (typeof this.frames)[number]);
      this.#look();
    };
    this.#socket.onopen = () => {
      this.#isOpen = true;
      this.#look();
    };
    this.ended = new Promise((resolve) => {
      this.#socket.onclose = ({ code }) => {
        this.#isEnded = true;
        this.#look();
        resolve({ code, at: performance.now() });
      };
    });
  }

  async ask(command: object): Promise<Record<string, unknown>> {
    await this.until(() => this.#isOpen);
    const id = 1 + this.frames.length;
    this.#socket.send(JSON.stringify({ ...command, id }));
    await this.until(() => this.frames.some((frame) => frame.id === id));
    return this.frames.find((frame) => frame.id === id)?.result ?? {};
  }

  /** Waits for a fact; a socket that ends first throws. */
  async until(fact: () => boolean): Promise<void> {
    while (!fact()) {
      if (this.#isEnded) throw new Error("the socket ended");
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }

  close(): void {
    this.#socket.close();
  }
}

/** A request to the REST API of DonationAlerts' shape. */
export function rest(node: Pick<Program, "url">, path: string, accessToken: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const init = body && { method: "POST", body: JSON.stringify(body) };
  return fetch(`${node.url}/api/v1${path}`, { headers, ...init });
}

/** A socket on one node that follows the token's donations; what it needs for that comes from another. */
export async function subscribe(
  accessToken: string,
  asking: Pick<Program, "url">,
  node: Pick<Program, "url">,
  more: object = {},
) {
  const user = (await (await rest(asking, "/user/oauth", accessToken)).json()) as {
    data: { id: number; socket_connection_token: string };
  };
  const channel = `$alerts:donation_${user.data.id}`;
  const socket = new CentrifugoSocket(node);
  const { client } = await socket.ask({ params: { token: user.data.socket_connection_token } });
  const wanted = { client, channels: [channel] };
  const answer = (await (await rest(asking, "/centrifuge/subscribe", accessToken, wanted)).json()) as {
    channels: { token: string }[];
  };
  const params = { channel, token: answer.channels[0]?.token, ...more };
  return { socket, result: await socket.ask({ method: 1, params }) };
}
