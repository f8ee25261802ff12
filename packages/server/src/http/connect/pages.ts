import { json } from "../answers.ts";
import { html } from "../oauth/html.ts";
import { page } from "../oauth/pages.ts";
import { wordsFor } from "../oauth/words.ts";
import { failureWords, type LoginFailure, loginFailures, refusalOf } from "./words.ts";

/** Whether a program asks, to which the DonationAlerts guide's JSON is the answer. */
export function wantsJson(request: Request): boolean {
  const accepted = (request.headers.get("accept") ?? "").toLowerCase();
  return accepted.includes("application/json") && !accepted.includes("text/html");
}

/** The platform's answer to the browser was `error`, of which nothing but a registered code is said again. */
export function loginRefused(request: Request, error: string, again: string): Response {
  const failure = refusalOf(error);
  return loginFailed(request, failure, again, failure === "denied" ? undefined : error);
}

/** What went wrong, and what to do: a page, or the guide's body. `again`: where the login begins. */
export function loginFailed(
  request: Request,
  failure: LoginFailure,
  again: string,
  error: string = loginFailures[failure].error,
): Response {
  const { status } = loginFailures[failure];
  if (wantsJson(request)) return json({ error }, status);
  const words = failureWords(request, failure);
  const content = html`<p>${words.why}</p>
<div class="buttons"><a class="button" href="/">${words.home}</a><a class="button main" href="${again}">${words.again}</a></div>`;
  return page(wordsFor(request), { title: words.title, content }, { status });
}
