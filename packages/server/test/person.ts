/** A person at a browser without a screen, who goes from server to server: keeps each one's cookies, follows redirects. */
export class Person {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Opens an address and goes wherever it leads, until `stopAt` says that this is far enough. */
  async open(address: string, stopAt: (url: URL) => boolean = () => false): Promise<Visited> {
    return this.#go(new URL(address), {}, stopAt);
  }

  /** Sends a form and goes wherever its answer leads. */
  async submit(
    address: string | URL,
    fields: Readonly<Record<string, string>>,
    stopAt: (url: URL) => boolean = () => false,
  ): Promise<Visited> {
    return this.#go(new URL(address), { method: "POST", body: new URLSearchParams(fields) }, stopAt);
  }

  async #go(from: URL, init: RequestInit, stopAt: (url: URL) => boolean): Promise<Visited> {
    let url = from;
    let request = init;
    for (let steps = 0; steps < 20; steps++) {
      const jar = this.#jarOf(url);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(url, { ...request, redirect: "manual", headers: cookie ? { cookie } : {} });
      for (const line of response.headers.getSetCookie()) keep(jar, line);
      const location = response.headers.get("location");
      if (location === null) return { url, response, text: await response.text() };
      url = new URL(location, url);
      request = {};
      if (stopAt(url)) return { url, response, text: "" };
    }
    throw new Error(`${from} leads nowhere.`);
  }

  #jarOf({ hostname }: URL): Map<string, string> {
    const jar = this.#cookies.get(hostname) ?? new Map<string, string>();
    this.#cookies.set(hostname, jar);
    return jar;
  }
}

export interface Visited {
  readonly url: URL;
  readonly response: Response;
  readonly text: string;
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
  if (value === "" || /;\s*max-age=0/i.test(line)) jar.delete(name);
  else jar.set(name, value);
}

/** Reads the sandbox's page of creators and its consent page, and allows what is asked; goes on to where that leads. */
export async function consentInSandbox(
  person: Person,
  login: string,
  creator: string,
  stopAt: (url: URL) => boolean = () => false,
): Promise<Visited> {
  const creators = await person.open(login);
  const link = new RegExp(`action="(/login/[^"]+)"><button[^>]*>${creator}<`).exec(creators.text)?.[1];
  const consent = link === undefined ? creators : await person.submit(new URL(link, creators.url), {});
  const form = consent.text.slice(consent.text.indexOf('<form method="post" action="/oauth/authorize">'));
  const fields = form
    .slice(0, form.indexOf("</form>"))
    .matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  const hidden = Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, plain(value)]));
  return person.submit(new URL("/oauth/authorize", consent.url), { ...hidden, decision: "allow" }, stopAt);
}

function plain(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
