/** The page `/obs?name=Main&width=1920&height=1080#<display key>`: how a screen's link comes into OBS. The key stays here. */
import { dragLink, launcherFor, overlayLink, type ScreenLink } from "./links.ts";

const key = location.hash.slice(1);
const query = new URLSearchParams(location.search);
const link: ScreenLink = {
  origin: location.origin,
  key,
  name: query.get("name") ?? "Tipwire",
  width: pixels("width"),
  height: pixels("height"),
};
byId("incomplete").hidden = key !== "";
byId("ways").hidden = key === "";
window.addEventListener("hashchange", () => location.reload());
if (key !== "") void offer();

async function offer(): Promise<void> {
  const { name, width, height } = link;
  (byId("card") as HTMLAnchorElement).href = dragLink(link);
  byId("card").addEventListener("click", (event) => event.preventDefault());
  byId("size").textContent = width && height ? `${name}, ${width} × ${height}` : name;
  byId("copy").addEventListener("click", copy);
  const launcher = await (await fetch("/assets/launcher.html")).text();
  const file = new Blob([launcherFor(launcher, link)], { type: "text/html" });
  (byId("launcher") as HTMLAnchorElement).href = URL.createObjectURL(file);
}

/** Plain http from another computer has no clipboard: there the link is shown instead. */
async function copy(): Promise<void> {
  const text = overlayLink(link);
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  byId("copied").textContent = copied ? "Copied. In OBS: Sources, +, Browser, URL." : text;
}

function pixels(name: string): number | undefined {
  const value = Number(query.get(name));
  return Number.isInteger(value) && value >= 16 && value <= 8192 ? value : undefined;
}

function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
