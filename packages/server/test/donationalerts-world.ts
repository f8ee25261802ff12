/** What tests of the DonationAlerts addresses do with the running program: applications, consent without a browser, tokens. */
import { api, type Program } from "./program.ts";

export interface Application {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly userId: number;
}

export function application(
  program: Pick<Program, "url" | "key">,
  name: string,
  ...redirectUris: string[]
): Promise<Application> {
  return api(program, "POST", "/applications", { name, redirectUris });
}

/** A channel of its own, and the tokens of an application that may do everything in it. */
export async function granted(program: Program, slug: string, app: Application): Promise<Tokens> {
  await api(program, "POST", "/channels", { slug, title: "Ana plays" });
  return tokens(program, slug, app);
}

export function tokens(program: Program, slug: string, app: Application, scopes?: readonly string[]): Promise<Tokens> {
  return api(program, "POST", `/applications/${app.clientId}/tokens`, { channel: slug, ...(scopes && { scopes }) });
}

export function donate(program: Program, slug: string, facts: object = {}): Promise<{ id: string }> {
  const donation = { name: "Bo", amount: "5.00", currency: "USD", message: "Hello!", ...facts };
  return api(program, "POST", `/channels/${slug}/events`, donation);
}

/** A person at a browser without a screen: keeps cookies, follows nothing by itself. */
export class Browser {
  readonly #program: Pick<Program, "url" | "key">;
  readonly #cookies = new Map<string, string>();

  constructor(program: Pick<Program, "url" | "key">) {
    this.#program = program;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#took(await fetch(this.#program.url + path, { redirect: "manual", headers: this.#headers(headers) }));
  }

  async post(
    path: string,
    form: Record<string, string> | URLSearchParams,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const init = { method: "POST", body: new URLSearchParams(form), redirect: "manual" } as const;
    return this.#took(await fetch(this.#program.url + path, { ...init, headers: this.#headers(headers) }));
  }

  get cookies(): readonly string[] {
    return [...this.#cookies.keys()];
  }

  async signIn(slug: string): Promise<Response> {
    const { url } = await api<{ url: string }>(this.#program, "POST", `/channels/${slug}/login`);
    return this.post(new URL(url).pathname, {});
  }

  /** Reads the consent page and answers it; gives where the application sends the person. */
  async consent(query: Record<string, string>, decision: "allow" | "deny" = "allow"): Promise<URL> {
    const page = await (await this.get(`/oauth/authorize?${new URLSearchParams(query)}`)).text();
    const sent = await this.post("/oauth/authorize", { ...hiddenFields(page), decision });
    return new URL(sent.headers.get("location") ?? `about:${sent.status}`);
  }

  #headers(headers: Record<string, string>): Record<string, string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return { ...(cookie && { cookie }), ...headers };
  }

  #took(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

/** What a page's form sends along by itself. */
export function hiddenFields(page: string): Record<string, string> {
  const form = page.slice(page.indexOf('<form method="post" action="/oauth/authorize">'));
  const fields = form
    .slice(0, form.indexOf("</form>"))
    .matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  const plain = (text = "") => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  return Object.fromEntries([...fields].map(([, name = "", value]) => [name, plain(value)]));
}

/** Asks `/oauth/token` as a form. */
export async function token(program: Program, form: Record<string, string>): Promise<Response> {
  return fetch(`${program.url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
}
