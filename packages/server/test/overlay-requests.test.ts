import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  type OverlayAnswer,
  type OverlayFrame,
  type OverlayHello,
  type OverlayRequest,
  type OverlayShow,
  TipwireApi,
} from "@tipwire/client";
import { type Program, startProgram } from "./program.ts";

/** Pages of screens whose WebSockets somebody blocks: the same frames by requests. */
let program: Program;
let api: TipwireApi;

beforeAll(async () => {
  program = await startProgram();
  api = new TipwireApi({ url: program.url, key: program.key });
});

afterAll(() => program?.stop());

function helloOf(link: string): OverlayHello {
  const common = { part: "screen", visible: true, obs: "32.2.0", width: 1920, height: 1080 } as const;
  const key = new URL(link).hash.slice(1);
  return {
    type: "hello",
    protocol: 1,
    key,
    copy: crypto.randomUUID(),
    build: "",
    playing: null,
    reports: [],
    streaming: null,
    ...common,
  };
}

const ask = (request: Partial<OverlayRequest>, accept = "application/json") =>
  fetch(`${program.url}/overlay/feed`, {
    method: "POST",
    headers: { accept, "content-type": "application/json" },
    body: JSON.stringify({ messages: [], after: null, wait: 0, ...request }),
  });

async function screen(slug: string): Promise<OverlayHello> {
  await api.createChannel({ slug });
  return helloOf((await api.createOverlay(slug)).url ?? "");
}

/** Polls until a frame of that type has come. */
async function poll(hello: OverlayHello, type: OverlayFrame["type"], from: string | null) {
  const frames: OverlayFrame[] = [];
  let after = from;
  while (!frames.some((frame) => frame.type === type)) {
    const answer = (await (await ask({ hello, after, wait: 20 })).json()) as OverlayAnswer;
    frames.push(...answer.frames);
    after = answer.after;
  }
  return { frames, after };
}

describe("a page without WebSockets", () => {
  test("by polling: is welcomed, told to show, and its report is stored", async () => {
    const hello = await screen("polls");
    const first = await poll(hello, "sound", null);
    expect(first.frames.map(({ type }) => type).slice(0, 3)).toEqual(["welcome", "settings", "sound"]);
    const { id } = await api.send("polls", { name: "Ada", amount: "5.00", currency: "EUR" });
    const second = await poll(hello, "show", first.after);
    const { showing, alert } = second.frames.find(({ type }) => type === "show") as OverlayShow;
    expect(alert.name).toBe("Ada");
    const finished = { type: "finished", showing, at: Date.now(), shown: 5000, visible: 5000 } as const;
    const started = { type: "started", showing, at: Date.now(), visible: true } as const;
    const delivered = await ask({ hello: { ...hello, reports: [started] }, messages: [started, finished] });
    const { frames } = (await delivered.json()) as OverlayAnswer;
    for (const report of ["started", "finished"] as const)
      expect(frames).toContainEqual({ type: "noted", showing, report });
    const steps = (await api.receipts("polls", id)).map(({ step }) => step);
    expect(steps.at(-1)).toBe("shown");
    expect(steps.filter((step) => step === "shown")).toHaveLength(1);
  });

  test("an answer that was lost comes again; a place that nobody knows begins anew", async () => {
    const hello = await screen("loses");
    const { after } = await poll(hello, "sound", null);
    await api.send("loses", { name: "Ada", amount: "5.00", currency: "EUR" });
    const lost = await poll(hello, "show", after);
    const again = await poll(hello, "show", after);
    expect(again.frames.slice(0, lost.frames.length)).toEqual(lost.frames);
    const anew = await poll(hello, "show", "elsewhere.7");
    expect(anew.frames[0]?.type).toBe("welcome");
  });

  test("by an event stream, with its messages in requests of their own", async () => {
    const hello = await screen("streams");
    const response = await ask({ hello }, "text/event-stream");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    const read = async (until: RegExp) => {
      while (!until.test(text)) text += new TextDecoder().decode((await reader.read()).value);
    };
    await read(/"type":"sound"/);
    await api.send("streams", { name: "Bo", amount: "5.00", currency: "EUR" });
    await read(/"type":"show".*\n\n/);
    const [, showing = ""] = /"type":"show","showing":"([^"]+)"/.exec(text) ?? [];
    const started = { type: "started", showing, at: Date.now(), visible: true } as const;
    const { frames } = (await (await ask({ hello, messages: [started] })).json()) as OverlayAnswer;
    expect(frames).toContainEqual({ type: "noted", showing, report: "started" });
    await reader.cancel();
    while ((await api.overlays("streams")).some(({ live }) => live));
  });

  test("is refused with the status that the close code stands for", async () => {
    const hello = await screen("refuses");
    expect((await ask({ hello: { ...hello, key: "display_none" }, wait: 20 })).status).toBe(401);
    expect((await ask({ hello: { ...hello, copy: "x" } })).status).toBe(400);
    expect((await ask({})).status).toBe(400);
  });
});
