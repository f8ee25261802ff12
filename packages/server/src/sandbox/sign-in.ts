import { html } from "../http/oauth/html.ts";
import { page } from "../http/oauth/pages.ts";
import { wordsFor } from "../http/oauth/words.ts";
import type { OutsideWorld } from "./outside-world.ts";

/** Where DonationAlerts would ask for a password: anybody may be any creator here. */
export async function signInPage(request: Request, { api, creators }: OutsideWorld): Promise<Response> {
  const links = await Promise.all(creators.map(({ slug }) => api.signInLink(slug)));
  const buttons = creators.map(({ name }, i) => {
    const { pathname } = new URL(links[i]?.url ?? "");
    return html`<form method="post" action="${pathname}"><button>${name}</button></form>`;
  });
  return page(wordsFor(request), {
    title: "Who are you?",
    content: html`<p>This is a sandbox: pick one of its creators, as if you had signed in to DonationAlerts as them.</p><div class="buttons one">${buttons}</div>`,
  });
}
