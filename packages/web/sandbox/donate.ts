import { element } from "../shared/elements.ts";
import { byId, report } from "./elements.ts";
import { type SandboxState, tell } from "./state.ts";

const form = byId<HTMLFormElement>("donate");

/** The form: who gets it, how much, from whom; and how many alike at once. */
export function showDonate({ creators }: SandboxState): void {
  byId("creators").replaceChildren(
    ...creators.map(({ slug, name }, i) => {
      const choice = element("input", { type: "radio", name: "creator", value: slug, ...(i === 0 && { checked: "" }) });
      return element("label", {}, choice, name);
    }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter as HTMLButtonElement | null;
    void donate(Number(button?.value ?? 1));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}

async function donate(count: number): Promise<void> {
  const fields = new FormData(form);
  const donation = {
    ...Object.fromEntries(fields),
    anonymous: fields.has("anonymous"),
    currency: String(fields.get("currency")).trim().toUpperCase(),
    amount: String(fields.get("amount")).trim().replace(",", "."),
    count,
  };
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  await report(byId("sent"), async () => {
    const { sent, milliseconds } = await tell<{ sent: number; milliseconds: number }>("/sandbox/donations", donation);
    const to = form.querySelector("#creators :checked")?.parentElement?.textContent ?? "";
    return sent === 1
      ? `${to} was given ${donation.amount} ${donation.currency}.`
      : `${to} was given ${sent} times ${donation.amount} ${donation.currency}, in ${milliseconds} ms.`;
  });
  for (const button of buttons) button.disabled = false;
}
