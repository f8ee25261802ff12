import { Refused } from "../core/errors.ts";
import { readText } from "./body.ts";

/**
 * The parameters of a request, wherever they are: in the address, a form, or JSON, whatever the content type says. Clients
 * of DonationAlerts send the same thing in all of these ways.
 */
export class RequestParams {
  readonly #values = new Map<string, string[]>();

  /** Reads the body, at most `limit` bytes of it. */
  static async of(request: Request, url: URL, limit: number): Promise<RequestParams> {
    const params = new RequestParams(url.searchParams);
    const type = request.headers.get("content-type") ?? "";
    if (type.startsWith("multipart/form-data")) {
      if (Number(request.headers.get("content-length") ?? Number.POSITIVE_INFINITY) > limit)
        throw new Refused("body_too_large");
      for (const [name, value] of await formOf(request)) params.#add(name, value);
      return params;
    }
    const text = (await readText(request, limit)).trim();
    if (text.startsWith("{")) params.#addJson(text);
    else for (const [name, value] of new URLSearchParams(text)) params.#add(name, value);
    return params;
  }

  constructor(query: Iterable<[string, string]>) {
    for (const [name, value] of query) this.#add(name, value);
  }

  /** The last one where there are several; `undefined` where there is none. */
  get(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** `channels[]=a` and `channels[0]=a` are `channels`. */
  #add(name: string, value: string): void {
    const key = name.replace(/\[\d*\]$/, "");
    this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
  }

  #addJson(text: string): void {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (cause) {
      throw new Refused("json_invalid", undefined, { cause });
    }
    for (const [name, value] of Object.entries(body as object)) {
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (each !== null && typeof each !== "object")
          this.#add(name, typeof each === "boolean" ? String(Number(each)) : String(each));
      }
    }
  }
}

async function formOf(request: Request): Promise<[string, string][]> {
  try {
    return [...(await request.formData()).entries()].map(([name, value]) => [name, String(value)]);
  } catch (cause) {
    throw new Refused("body_invalid", "The body is no multipart form.", { cause });
  }
}
