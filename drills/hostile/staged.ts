import { call } from "./call.ts";
import { Stock } from "./stock.ts";

/** Where nothing may be lost; where links are made anew; where screens, stages and keys go, one after the other. */
export interface StagedSlugs {
  readonly slug: string;
  readonly renewing: string;
  readonly doomed: string;
}

/**
 * A stage with a screen, a few alerts, and everything that opens or steers it. What hostile input may take away is in channels
 * of its own, since numbers are short: one that is changed a little is often another one that there is.
 */
export interface Staged extends StagedSlugs {
  readonly displayKey: string;
  /** The number of a screen whose link is made anew. */
  readonly renewed: string;
  readonly controlKey: string;
  /** Addresses that do one thing each. */
  readonly actions: readonly string[];
  /** Screens that may be removed, each once. */
  readonly spare: Stock<string>;
  /** Keys that may be revoked, and stages that may be removed, each once. */
  readonly spareKeys: Stock<string>;
  readonly spareStages: Stock<string>;
}

/** The slugs are of channels that there are. `level`: of the stock. */
export async function createStaged(
  url: string,
  administrator: string,
  slugs: StagedSlugs,
  level: number,
): Promise<Staged> {
  const to = (slug: string) => {
    return <T>(path: string, body: unknown) => call<T>(url, administrator, "POST", `/v1/channels/${slug}${path}`, body);
  };
  const post = to(slugs.slug);
  const { url: link } = await post<{ url: string }>("/overlays", { screen: "Main" });
  const { id: renewed } = await to(slugs.renewing)<{ id: string }>("/overlays", { screen: "Renewed" });
  const { key: controlKey } = await post<{ key: string }>("/stages/main/keys", { name: "Deck" });
  const actions: string[] = [];
  for (const action of ["toggle", "skip", "again", "mute", "unmute", "clear"]) {
    const made = await post<{ url: string }>("/stages/main/keys", { name: action, action });
    actions.push(new URL(made.url).pathname);
  }
  for (let i = 0; i < 5; i++) await post("/events", { amount: "1.00", currency: "EUR", message: `${i}` });
  const displayKey = new URL(link).hash.slice(1);
  const doomed = to(slugs.doomed);
  await doomed("/overlays", {});
  const screen = async () => (await doomed<{ id: string }>("/overlays", { screen: crypto.randomUUID() })).id;
  const key = async () => (await doomed<{ id: string }>("/stages/main/keys", { name: "Spare" })).id;
  const stage = async () => (await doomed<{ stage: string }>("/overlays", { stage: crypto.randomUUID() })).stage;
  return {
    ...slugs,
    ...{ displayKey, renewed, controlKey, actions },
    spare: new Stock(screen, level),
    spareKeys: new Stock(key, level),
    spareStages: new Stock(stage, level),
  };
}
