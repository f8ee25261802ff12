import { frame } from "../../../packages/server/test/websocket-frames.ts";
import type { Access } from "../granted.ts";
import type { Dialogue } from "../socket-lane.ts";

export interface Asked {
  readonly connectionToken: string;
  readonly channel: string;
  readonly access: Access;
}

/** Connects, asks for the token of a subscription as clients do, and subscribes with it; gives that token. */
export async function permission(
  url: string,
  dialogue: Dialogue,
  { connectionToken, channel, access }: Asked,
): Promise<string> {
  dialogue.say(frame(JSON.stringify({ params: { token: connectionToken }, id: 1 })));
  const { client } = await result<{ client: string }>(dialogue, 1);
  const asked = await fetch(`${url}/api/v1/centrifuge/subscribe`, {
    method: "POST",
    headers: { authorization: `Bearer ${access.accessToken}` },
    body: JSON.stringify({ client, channels: [channel] }),
  });
  if (!asked.ok) throw new Error(`The subscription was not permitted: ${asked.status}.`);
  const { channels } = (await asked.json()) as { channels: { token: string }[] };
  const token = channels[0]?.token ?? "";
  dialogue.say(frame(JSON.stringify({ method: 1, id: 2, params: { channel, token } })));
  await result(dialogue, 2);
  return token;
}

async function result<T>(dialogue: Dialogue, id: number): Promise<T> {
  const answer = await dialogue.hear(({ payload }) => payload.toString().startsWith(`{"id":${id},`));
  const { result } = JSON.parse(answer?.payload.toString() ?? "{}") as { result?: T };
  if (result === undefined)
    throw new Error(`Command ${id} was answered ${answer?.payload.toString() ?? "by a close"}.`);
  return result;
}
