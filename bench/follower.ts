/** A process with many clients that go through a protocol's whole handshake, then count what is published. */
import { answerQuestions, sharedNow } from "./worker.ts";

export interface FollowMany {
  readonly port: number;
  readonly protocol: "native" | "donationalerts";
  /** One a channel: stream tokens, or access tokens. */
  readonly tokens: readonly string[];
  readonly followersEach: number;
}

/** How many connect at once. */
const atOnce = 50;

let received = 0;
let wanted = Number.POSITIVE_INFINITY;
let reached: (at: number) => void = () => undefined;
let target = Promise.resolve(0);

function published(): void {
  received++;
  if (received < wanted) return;
  wanted = Number.POSITIVE_INFINITY;
  reached(sharedNow());
}

/** Opens a socket, hands each message to `take` with a way to answer, and settles once `take` says that it follows. */
function open(url: string, take: (message: string, say: (text: string) => void) => boolean, first: string) {
  return new Promise<void>((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send(first);
    socket.onmessage = ({ data }) => {
      if (take(String(data), (text) => socket.send(text))) resolve();
    };
    socket.onclose = ({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`));
  });
}

function followNative(port: number, token: string): Promise<void> {
  const take = (message: string) => {
    if (message.startsWith('{"id":')) published();
    return message.startsWith('{"type":"hello"');
  };
  return open(`ws://127.0.0.1:${port}/v1/channels/-/events`, take, JSON.stringify({ type: "auth", token }));
}

async function followDonationAlerts(port: number, accessToken: string): Promise<void> {
  const api = `http://127.0.0.1:${port}/api/v1`;
  const headers = { authorization: `Bearer ${accessToken}` };
  const { data: user } = (await (await fetch(`${api}/user/oauth`, { headers })).json()) as {
    data: { id: number; socket_connection_token: string };
  };
  const channel = `$alerts:donation_${user.id}`;
  const subscribe = async (client: string): Promise<string> => {
    const body = JSON.stringify({ client, channels: [channel] });
    const answer = await fetch(`${api}/centrifuge/subscribe`, { method: "POST", headers, body });
    const { channels } = (await answer.json()) as { channels: { token: string }[] };
    return JSON.stringify({ method: 1, id: 2, params: { channel, token: channels[0]?.token } });
  };
  const take = (message: string, say: (text: string) => void) => {
    if (message.startsWith('{"result":{"channel":')) published();
    else if (message.startsWith('{"id":1,')) {
      const { result } = JSON.parse(message) as { result: { client: string } };
      void subscribe(result.client).then(say);
    }
    return message.startsWith('{"id":2,"result":');
  };
  const connect = { params: { token: user.socket_connection_token }, id: 1 };
  await open(`ws://127.0.0.1:${port}/connection/websocket`, take, JSON.stringify(connect));
}

answerQuestions({
  /** Connects them all; settles when the last of them follows. */
  async follow({ port, protocol, tokens, followersEach }: FollowMany): Promise<void> {
    const follow = protocol === "native" ? followNative : followDonationAlerts;
    const all = tokens.flatMap((token) => Array.from({ length: followersEach }, () => token));
    for (let i = 0; i < all.length; i += atOnce) {
      await Promise.all(all.slice(i, i + atOnce).map((token) => follow(port, token)));
    }
  },
  /** From now on `count` more publications are awaited, over all clients. */
  expect(count: number): void {
    target = new Promise((resolve) => {
      wanted = received + count;
      reached = resolve;
    });
  },
  /** When the last of them came. */
  last: () => target,
});
