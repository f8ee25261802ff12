import type { SourcePlatform } from "../../packages/server/src/intake/connection.ts";
import type { Faults } from "../../packages/server/src/sandbox/faults.ts";
import { consentInSandbox, Person } from "../../packages/server/test/person.ts";
import { channel, type SourcesWorld } from "./world.ts";

/** A platform as the drill knows it. */
export interface DrilledPlatform {
  /** What was missed can be read back: everything has to be there in the end. Otherwise all but what is within the gaps. */
  readonly hasHistory: boolean;
  /** Codes that it closes with, and that mean "come back". */
  readonly closes: readonly number[];
  /** What goes wrong from the first donation to the last. */
  readonly steady: Partial<Faults>;
  /** What goes wrong with every donation of the flood. */
  readonly flood: Partial<Faults>;
  /** Connects the sandbox's Ana. */
  connect(world: SourcesWorld): Promise<unknown>;
  /** Lets her in once more after her tokens were refused; only where there are tokens, which can expire. */
  readonly logIn?: (world: SourcesWorld) => Promise<void>;
}

const refused: Partial<Faults> = { tooMany: 0.1, serverError: 0.05 };
const doubled: Partial<Faults> = { duplicate: 1, reorder: 0.5 };

export const drilledPlatforms: Readonly<Record<SourcePlatform, DrilledPlatform>> = {
  donationalerts: {
    hasHistory: true,
    steady: { ...refused, duplicate: 0.3, reorder: 0.2, delay: 30, forget: 0.5 },
    flood: doubled,
    closes: [1001, 1006, 1011, 1012, 3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011],
    connect: logIn,
    logIn,
  },
  pally: {
    hasHistory: false,
    // Frames that are late may be lost by a cut that comes after what was heard last: nobody could say in which gap.
    steady: { ...refused, duplicate: 0.3 },
    flood: doubled,
    closes: [1000, 1001, 1006, 1011, 1012, 1013],
    connect: ({ first, sandbox }) =>
      first.api.ask("POST", "/v1/connections", { channel, platform: "pally", key: sandbox.ana.pallyKey }),
  },
  tuniform: {
    hasHistory: true,
    // The same frame twice on one socket is two gifts: Tuniform has no ids. What its list repeats is known again.
    steady: { ...refused, reorder: 0.2, delay: 30 },
    flood: { reorder: 0.5 },
    closes: [1000, 1001, 1006, 1011, 1012, 1013],
    connect: ({ first, sandbox }) =>
      first.api.ask("POST", "/v1/connections", { channel, platform: "tuniform", key: sandbox.ana.streamToken }),
  },
};

/** As a person at this machine does: login button, consent in the sandbox, back again. */
async function logIn({ front }: SourcesWorld): Promise<void> {
  const login = `http://localhost:${front.port}/api/auth/donationalerts/login?channel=${channel}`;
  const { url, response, text } = await consentInSandbox(new Person(), login, "Ana");
  if (url.searchParams.get("status") !== "success")
    throw new Error(`The login led to ${url}: ${response.status} ${text}`);
}
