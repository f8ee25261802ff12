import { call } from "./call.ts";
import { Stock } from "./stock.ts";

/** Connections to platforms, which nobody answers at. */
export interface Connected {
  /** Their numbers. */
  readonly ids: readonly string[];
  /** Such as may be removed, each once. */
  readonly spare: Stock<string>;
}

/** `slugs`: each gets a connection. `level`: of the stock. */
export async function createConnected(
  url: string,
  administrator: string,
  slugs: readonly string[],
  level: number,
): Promise<Connected> {
  const post = <T>(path: string, body: object) => call<T>(url, administrator, "POST", path, body);
  const connect = async (channel: string, facts: object) => {
    const { id } = await post<{ id: string }>("/v1/connections", { channel, ...facts });
    await post(`/v1/connections/${id}/stop`, {});
    return id;
  };
  const ids = await Promise.all(slugs.map((slug) => connect(slug, { platform: "tuniform", key: "a".repeat(64) })));
  const spare = () => connect(slugs[0] ?? "", { platform: "pally", key: "k", page: crypto.randomUUID() });
  return { ids, spare: new Stock(spare, level) };
}
