import type { Channel } from "../../access/directory.ts";
import type { AuthorizationRequest } from "./authorization.ts";
import { type Html, html } from "./html.ts";
import style from "./page.css" with { type: "text" };
import type { Words } from "./words.ts";

export interface PageOptions {
  readonly status?: number;
  /** Where, besides this server, a form's answer may lead: CSP's `form-action` watches over redirects too. */
  readonly formsLeadTo?: string;
  readonly cookies?: readonly string[];
}

interface Page {
  readonly title: string;
  readonly content: Html;
}

/** A page for a person: nothing from elsewhere, no script, nobody's frame, and its address tells nobody anything. */
export function page(words: Words, { title, content }: Page, options: PageOptions = {}): Response {
  const nonce = crypto.randomUUID();
  const text = `<!doctype html>\n${
    html`<html lang="${words.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="dark light"><title>${title} – Tipwire</title><link rel="icon" href="/assets/icon.svg"><link rel="stylesheet" href="/assets/page.css"><style nonce="${nonce}">`
      .text
  }${style}</style></head>${
    html`<body><main><div class="brand"><img src="/assets/icon.svg" alt="" width="28" height="28">tipwire</div><h1>${title}</h1>${content}</main></body></html>`
      .text
  }`;
  const forms = ["'self'", options.formsLeadTo ?? ""].join(" ").trim();
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'self' 'nonce-${nonce}'; img-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    vary: "accept-language",
  });
  for (const cookie of options.cookies ?? []) headers.append("set-cookie", cookie);
  return new Response(text, { status: options.status ?? 200, headers });
}

/** What an application asks for, and the two answers. */
export function consentPage(words: Words, request: AuthorizationRequest, channel: Channel, formToken: string): Page {
  const { application, scopes } = request;
  const [takeBack, command] = words.takeBack(channel.slug);
  return {
    title: words.wants(application.name),
    content: html`${channelCard(channel)}
<h2 id="may">${words.may}</h2>
<ul aria-labelledby="may">${scopes.map((scope) => html`<li>${tick}<span>${words.scopes[scope]}</span></li>`)}</ul>
<form method="post" action="/oauth/authorize">${hiddenFields(request)}<input type="hidden" name="form_token" value="${formToken}">
<div class="buttons"><button name="decision" value="deny">${words.deny}</button><button class="main" name="decision" value="allow">${words.allow}</button></div>
</form>
<p><small>${words.goesTo(placeOf(request.redirectUri, words))}</small></p>
<footer><p><small>${takeBack}</small></p><pre><code>${command}</code></pre>
${signOutForm(words.otherChannel, formToken)}</footer>`,
  };
}

/** For somebody whom this browser does not know yet. `again`: where they came from. */
export function signInFirstPage(words: Words, again: string): Page {
  const [make, open] = words.signInSteps;
  return {
    title: words.signInFirst,
    content: html`<p>${words.signInFirstWhy}</p>
<h2>${make}</h2><pre><code>npx tipwire login --channel ${words.slug}</code></pre>
<h2>${open}</h2>
<div class="buttons one"><a class="button" href="${again}">${words.goOn}</a></div>`,
  };
}

/** What a sign-in link opens: a browser that only looks at links must not use it up. */
export function signInPage(words: Words, channel: Channel, address: string): Page {
  return {
    title: words.signInAs(channel.title || channel.slug),
    content: html`${channelCard(channel)}<p>${words.signInAsWhy}</p>
<form method="post" action="${address}"><div class="buttons one"><button class="main">${words.signIn}</button></div></form>`,
  };
}

export function signedInPage(words: Words, channel: Channel, formToken: string): Page {
  return {
    title: words.signedIn(channel.title || channel.slug),
    content: html`${channelCard(channel)}<p>${words.signedInWhy}</p>
<div class="buttons one"><a class="button main" href="/">${words.home}</a></div><footer>${signOutForm(words.signOut, formToken)}</footer>`,
  };
}

export function signedOutPage(words: Words): Page {
  return { title: words.signedOut, content: howToSignIn(words.signInSteps[0], words) };
}

export function linkSpentPage(words: Words): Page {
  return { title: words.linkSpent, content: howToSignIn(words.linkSpentWhy, words) };
}

/** What is wrong, and what was not done. */
export function refusalPage(title: string, ...sentences: readonly string[]): Page {
  return { title, content: html`${sentences.map((sentence) => html`<p>${sentence}</p>`)}` };
}

function howToSignIn(why: string, words: Words): Html {
  return html`<p>${why}</p><pre><code>npx tipwire login --channel ${words.slug}</code></pre>`;
}

function channelCard({ title, slug }: Channel): Html {
  const name = title || slug;
  const [initial = ""] = name.toUpperCase();
  return html`<div class="channel"><span aria-hidden="true">${initial}</span><div><strong>${name}</strong><small>${slug}</small></div></div>`;
}

function signOutForm(label: string, formToken: string): Html {
  return html`<form method="post" action="/login/end"><input type="hidden" name="form_token" value="${formToken}"><button class="link">${label}</button></form>`;
}

/** The request once more: what the form sends is checked as if it came from outside. */
function hiddenFields({ application, givenUri, responseType, scopes, challenge, state }: AuthorizationRequest) {
  const fields: readonly [string, string | null][] = [
    ["client_id", String(application.id)],
    ["redirect_uri", givenUri],
    ["response_type", responseType],
    ["scope", scopes.join(" ")],
    ["state", state],
    ["code_challenge", challenge?.value ?? null],
    ["code_challenge_method", challenge?.method ?? null],
  ];
  const given = fields.filter((field): field is [string, string] => field[1] !== null);
  return given.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
}

/** "bot.example", where a person may judge it. */
function placeOf(uri: string, words: Words): string {
  const { protocol, host, hostname } = new URL(uri);
  if (hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]") return words.thisComputer;
  return protocol.startsWith("http") ? host : words.thisComputer;
}

const tick = html`<svg width="20" height="20" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12l5 5l10 -10"/></svg>`;
