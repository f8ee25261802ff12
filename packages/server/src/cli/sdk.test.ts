import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { follow, TipwireApi, type TipwireEvent, type TransportName } from "@tipwire/client";
import { type Program, startProgram } from "../../test/program.ts";

const dataDir = mkdtempSync(join(tmpdir(), "tipwire-sdk-"));
let program: Program;

beforeAll(async () => {
  program = await startProgram({ dataDir });
});

afterAll(async () => {
  await program.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Follows a channel over one transport only, and lets what comes be waited for. */
function following(token: string, transport: TransportName, after?: string) {
  const events: TipwireEvent[] = [];
  const seen: string[] = [];
  let look = () => {};
  const until = (fact: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => fact() && resolve();
      look();
    });
  const follower = follow({
    url: program.url,
    token,
    after,
    transports: [transport],
    onEvent: (event) => {
      events.push(event);
      look();
    },
    onState: ({ status }) => {
      seen.push(status);
      look();
    },
    onReset: ({ reason }) => {
      seen.push(reason);
      look();
    },
  });
  return { follower, events, seen, until };
}

for (const transport of ["websocket", "sse", "poll"] as const) {
  test(`${transport}: each event of the running program once, through kill -9, and a stop when the token ends`, async () => {
    const api = () => new TipwireApi({ url: program.url, key: program.key });
    const slug = `by-${transport}`;
    const { streamToken } = await api().createChannel({ slug });
    const send = (name: string) => api().send(slug, { name, amount: "1.00", currency: "EUR", externalId: name });
    await send("before");
    const { follower, events, seen, until } = following(streamToken, transport, "oldest");
    await until(() => events.length === 1);
    await send("first");
    await until(() => events.length === 2);
    await program.kill();
    program = await startProgram({ dataDir, port: program.port });
    await send("second");
    await send("second");
    await until(() => events.length === 3);
    expect(events.map(({ name }) => name)).toEqual(["before", "first", "second"]);
    expect(events).toEqual([...(await api().page(slug)).events]);
    expect(seen.filter((status) => status === "live")).toHaveLength(2);

    await api().rotateToken(slug, { graceSeconds: 0 });
    // A request that waits for events was let in before; the next one is not.
    if (transport === "poll") await send("wake");
    expect((await follower.done)?.code).toBe("token_expired");
  });

  test(`${transport}: a cursor of another log is told of`, async () => {
    const { streamToken } = await new TipwireApi({ url: program.url, key: program.key }).createChannel({
      slug: `reset-${transport}`,
    });
    const { follower, seen, until } = following(streamToken, transport, "zzzzzzzz.5.mwpsgaf5.abcdef");
    await until(() => seen.includes("epoch"));
    follower.stop();
    expect(await follower.done).toBeNull();
  });
}
