import { element } from "../shared/elements.ts";
import { byId } from "./elements.ts";
import type { SandboxState } from "./state.ts";

/** What to put where, each with a button that copies it. */
export function showGuide({ env, creators }: SandboxState): void {
  const lines = Object.entries(env).map(([name, value]) => `${name}="${value}"`);
  byId("guide").replaceChildren(
    step("In the file .env beside your Tipwire, before it starts:", lines.join("\n")),
    ...creators.map(({ name, commands }) =>
      step(`Pally and Tuniform for ${name}, while it runs:`, Object.values(commands).join("\n")),
    ),
  );
}

function step(what: string, text: string): HTMLElement {
  const copy = element("button", { type: "button", "aria-label": `Copy: ${what}` }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  });
  const block = element("div", { class: "copied" }, element("pre", {}, element("code", {}, text)), copy);
  return element("div", {}, element("p", {}, what), block);
}
