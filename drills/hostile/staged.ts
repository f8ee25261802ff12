import { call } from "./call.ts";
import { Stock } from "./stock.ts";

/** A stage with a screen, a few alerts, and everything that opens or steers it. */
export interface Staged {
  /** Of its channel. */
  readonly slug: string;
  /** A screen whose link stays, and the number of one whose link is made anew. */
  readonly displayKey: string;
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

/** `slug`: of the channel. `level`: of the stock. */
export async function createStaged(url: string, administrator: string, slug: string, level: number): Promise<Staged> {
  const post = <T>(path: string, body: unknown) =>
    call<T>(url, administrator, "POST", `/v1/channels/${slug}${path}`, body);
  const { url: link } = await post<{ url: string }>("/overlays", { screen: "Main" });
  const { id: renewed } = await post<{ id: string }>("/overlays", { screen: "Renewed" });
  const { key: controlKey } = await post<{ key: string }>("/stages/main/keys", { name: "Deck" });
  const actions: string[] = [];
  for (const action of ["toggle", "skip", "again", "mute", "unmute", "clear"]) {
    const made = await post<{ url: string }>("/stages/main/keys", { name: action, action });
    actions.push(new URL(made.url).pathname);
  }
  for (let i = 0; i < 5; i++) await post("/events", { amount: "1.00", currency: "EUR", message: `${i}` });
  const displayKey = new URL(link).hash.slice(1);
  const screen = async () => (await post<{ id: string }>("/overlays", { screen: crypto.randomUUID() })).id;
  const key = async () => (await post<{ id: string }>("/stages/main/keys", { name: "Spare" })).id;
  const stage = async () => (await post<{ stage: string }>("/overlays", { stage: crypto.randomUUID() })).stage;
  return {
    ...{ slug, displayKey, renewed, controlKey, actions },
    spare: new Stock(screen, level),
    spareKeys: new Stock(key, level),
    spareStages: new Stock(stage, level),
  };
}
