/** The overlay page. What follows the `#` of its address decides: a stage's display key, or a channel's stream token. */
import { AlertStage } from "./alert/stage.ts";
import { runScreen } from "./screen/run-screen.ts";
import { isInObs, Status } from "./status.ts";
import { runTokenOverlay } from "./token-overlay.ts";

const key = location.hash.slice(1);
const status = new Status(byId("status"), isInObs());
const stage = new AlertStage(byId("stage"), byId("alert") as HTMLTemplateElement);
window.addEventListener("hashchange", () => location.reload());
if (/^[0-9a-f]{64}$/i.test(key)) runTokenOverlay(key, stage, status);
else if (key !== "") runScreen(key, stage, status);
else status.wrongLink();

function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
