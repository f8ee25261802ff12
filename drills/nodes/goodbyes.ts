import { readSocket } from "../followers/socket.ts";
import { within } from "../pause.ts";
import type { Node, NodesWorld } from "./world.ts";

/** How long anything here is waited for, milliseconds. */
const patience = 10_000;

/** Revokes a key with a socket on every node, at one of them: milliseconds from that request until each was closed. */
export async function revocationIsHeard({ nodes, slugs, first }: NodesWorld): Promise<readonly number[]> {
  const { id, key } = (await first.api.ask("POST", "/v1/keys", { name: "to be revoked" })) as {
    readonly id: string;
    readonly key: string;
  };
  const watched = await Promise.all(nodes.map((node) => watch(node, slugs[0] ?? "", key)));
  const revokedAt = performance.now();
  await first.api.ask("DELETE", `/v1/keys/${id}`);
  return Promise.all(
    watched.map(async ({ closed }) => ((await within(closed, patience)) ?? Number.POSITIVE_INFINITY) - revokedAt),
  );
}

/** Stops a node and starts it again: `undefined`, or what was wrong with its goodbye. */
export async function handsOver({ nodes, slugs }: NodesWorld): Promise<string | undefined> {
  const node = nodes.at(-1) as Node;
  const { closed, said } = await watch(node, slugs[0] ?? "", node.server.key);
  await node.server.restart("clean");
  if ((await within(closed, patience)) === undefined) return "it left a socket open";
  return said.includes("reconnect") ? undefined : "it ended without saying reconnect";
}

/** An open socket: when it was closed, and the types of what was said on it. */
async function watch(node: Node, slug: string, key: string) {
  const said: string[] = [];
  const hello = Promise.withResolvers<void>();
  const address = `${node.server.url.replace("http", "ws")}/v1/channels/${slug}/events`;
  const take = (text: string) => {
    said.push((JSON.parse(text) as { readonly type: string }).type);
    hello.resolve();
  };
  const closed = readSocket(
    address,
    { authorization: `Bearer ${key}` },
    undefined,
    take,
    new AbortController().signal,
  ).then(() => performance.now());
  await within(hello.promise, patience);
  return { said, closed };
}
