import { element } from "../shared/elements.ts";
import { byId, report } from "./elements.ts";
import { type FaultKind, type SandboxState, tell } from "./state.ts";

const result = byId("done");

/** A switch as the page has it. */
interface Switch {
  readonly row: HTMLElement;
  readonly input: HTMLInputElement;
  readonly output: HTMLOutputElement;
  readonly kind: FaultKind;
}

const switches = new Map<string, Switch>();

/** The switches, and what can be done once and at once. */
export function showMisbehave({ faultKinds, knownCloses }: SandboxState): void {
  const form = byId<HTMLFormElement>("faults");
  for (const [name, kind] of Object.entries(faultKinds)) {
    const made = switchFor(name, kind);
    switches.set(name, made);
    form.append(made.row);
  }
  const behave = element("button", { type: "reset" }, "Behave well again");
  form.append(element("div", { class: "buttons" }, behave));
  form.addEventListener("reset", () => void set(usual(), "Every switch is off."));
  form.addEventListener("submit", (event) => event.preventDefault());

  const codes = knownCloses.map(({ code, means }) => element("option", { value: String(code) }, `${code} · ${means}`));
  byId("close-code").replaceChildren(...codes);
  byId("expire").addEventListener("click", () => {
    void now({ expireTokens: true }, () => "Access tokens that were issued until now are refused.");
  });
  byId("damage").addEventListener("click", () => {
    void now({ damage: true }, ({ damaged }) => `A damaged frame went to ${socketsOf(damaged)}.`);
  });
  byId("close").addEventListener("click", () => {
    const code = Number(byId<HTMLSelectElement>("close-code").value);
    void now({ close: code }, ({ closed }) => `${socketsOf(closed)} closed with ${code}.`);
  });
}

/** How things stand now, whoever changed them. */
export function refreshMisbehave({ faults, counts }: SandboxState): void {
  for (const [name, { row, input, output, kind }] of switches) {
    const value = faults[name] ?? kind.usual;
    if (document.activeElement !== input) input.value = shown(value, kind);
    row.classList.toggle("on", value !== kind.usual);
    const done = counts[name] ?? 0;
    output.textContent = [kind.unit === "part" ? `${shown(value, kind)} %` : "", done > 0 ? `${done} done` : ""]
      .filter(Boolean)
      .join(" · ");
  }
}

function switchFor(name: string, kind: FaultKind): Switch {
  const { title, help, unit, least, most, usual } = kind;
  const id = `fault-${name}`;
  const isPart = unit === "part";
  const bounds = isPart
    ? { type: "range", min: "0", max: "100", step: "5" }
    : { type: "number", min: String(least), max: String(most) };
  const input = element("input", { id, ...bounds, value: shown(usual, kind) });
  const output = element("output", { for: id });
  const unitName = unit === "milliseconds" || unit === "seconds" ? `, ${unit}` : "";
  const label = element("label", { for: id }, `${title}${unitName}`, element("small", {}, help));
  input.addEventListener("change", () => {
    if (!input.reportValidity()) return;
    const value = isPart ? Number(input.value) / 100 : Number(input.value);
    void set({ [name]: value }, `${title}: ${shown(value, kind)}${isPart ? " %" : ""}.`);
  });
  return { row: element("div", { class: "fault" }, label, input, output), input, output, kind };
}

function shown(value: number, { unit }: FaultKind): string {
  return String(unit === "part" ? Math.round(value * 100) : value);
}

function usual(): Record<string, number> {
  return Object.fromEntries([...switches].map(([name, { kind }]) => [name, kind.usual]));
}

function set(faults: Readonly<Record<string, number>>, done: string): Promise<void> {
  return report(result, async () => {
    await tell("/sandbox/faults", faults);
    return done;
  });
}

function now(what: object, done: (answer: { closed: number; damaged: number }) => string): Promise<void> {
  return report(result, async () => done(await tell("/sandbox/now", what)));
}

function socketsOf(count: number): string {
  return count === 1 ? "1 socket" : `${count} sockets`;
}
