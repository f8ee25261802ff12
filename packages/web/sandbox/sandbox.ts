/** The donate page of `tipwire sandbox`: give, misbehave, and what to put where. */
import { showDonate } from "./donate.ts";
import { byId, report } from "./elements.ts";
import { showGuide } from "./guide.ts";
import { refreshMisbehave, showMisbehave } from "./misbehave.ts";
import { readState, type SandboxState } from "./state.ts";

const lookEvery = 1000;

void report(byId("done"), async () => {
  const state = await readState();
  showDonate(state);
  showMisbehave(state);
  showGuide(state);
  show(state);
  setInterval(() => void look(), lookEvery);
  return "";
});

async function look(): Promise<void> {
  if (document.hidden) return;
  const state = await readState().catch(() => undefined);
  if (state !== undefined) show(state);
  else say("The sandbox has been stopped", false);
}

function show(state: SandboxState): void {
  refreshMisbehave(state);
  const { sockets } = state;
  say(
    sockets === 0 ? "Nobody is connected" : `${sockets === 1 ? "1 socket" : `${sockets} sockets`} connected`,
    sockets > 0,
  );
}

function say(text: string, some: boolean): void {
  const place = byId("sockets");
  // A screen reader hears it when it changes only.
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("some", some);
}
