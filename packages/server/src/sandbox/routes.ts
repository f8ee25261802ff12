import { TipwireError } from "@tipwire/client";
import { z } from "zod";
import { json } from "../http/answers.ts";
import { readBody } from "../http/body.ts";
import { pageAnswer } from "../http/pages.ts";
import type { Route, Visit } from "../http/router.ts";
import type { Inside } from "../http/surroundings.ts";
import { knownCloses } from "./closes.ts";
import { donate, donationBody } from "./donations.ts";
import { faultKinds, faultsBody } from "./faults.ts";
import type { Misbehaviour } from "./misbehaviour.ts";
import type { OutsideWorld } from "./outside-world.ts";
import { signInPage } from "./sign-in.ts";

export interface SandboxRoom {
  readonly misbehaviour: Misbehaviour;
  /** Resolves when the sandbox has its creators. */
  readonly world: Promise<OutsideWorld>;
}

/** Largest body, bytes. */
const bodyBytes = 65_536;

const nowBody = z.strictObject({
  expireTokens: z.literal(true).optional(),
  close: z.number().int().min(1000).max(4999).optional(),
  damage: z.literal(true).optional(),
});

/** The donate page and `/sandbox/…`: what only a sandbox has. */
export function sandboxRoutes({ misbehaviour, world }: SandboxRoom, { files }: Inside): readonly Route[] {
  return [
    { method: "GET", pattern: "/", answer: () => pageAnswer(files, "sandbox.html") },
    { method: "GET", pattern: "/sandbox/state", answer: async () => json(await state()) },
    {
      method: "POST",
      pattern: "/sandbox/donations",
      async answer({ request }) {
        const donation = await readBody(request, donationBody, bodyBytes);
        return told(async () => donate((await world).api, donation));
      },
    },
    {
      method: "POST",
      pattern: "/sandbox/faults",
      async answer({ request }) {
        misbehaviour.set(await readBody(request, faultsBody, bodyBytes));
        return json({ faults: misbehaviour.faults });
      },
    },
    {
      method: "POST",
      pattern: "/sandbox/now",
      async answer({ request }) {
        const { expireTokens, close, damage } = await readBody(request, nowBody, bodyBytes);
        if (expireTokens) misbehaviour.expireTokens();
        const damaged = damage ? misbehaviour.damageAll() : 0;
        const closed = close === undefined ? 0 : misbehaviour.closeAll(close);
        return json({ closed, damaged });
      },
    },
    {
      method: "GET",
      pattern: "/sandbox/sign-in",
      answer: async (visit: Visit) => signInPage(visit.request, await world),
    },
  ];

  async function state(): Promise<object> {
    const { guide } = await world;
    const { faults, counts, lines } = misbehaviour;
    return { ...guide, faults, counts, sockets: lines.size, faultKinds, knownCloses };
  }
}

/** What the sandbox's own front door refuses is refused in its words. */
async function told(work: () => Promise<object>): Promise<Response> {
  try {
    return json(await work(), 201);
  } catch (fault) {
    if (!(fault instanceof TipwireError)) throw fault;
    const { code, message, status } = fault;
    return json({ code, message }, status || 503);
  }
}
