/** The page `/obs?name=Main&width=1920&height=1080#<display key>`: how a screen's link comes into OBS. The key stays here. */
import { dragLink, launcherFor, overlayLink, type ScreenLink } from "./links.ts";

const key = location.hash.slice(1);
const query = new URLSearchParams(location.search);
let link: ScreenLink = {
  origin: location.origin,
  key,
  name: query.get("name") ?? "Tipwire",
  width: pixels(query.get("width")),
  height: pixels(query.get("height")),
};
byId("incomplete").hidden = key !== "";
byId("ways").hidden = key === "";
window.addEventListener("hashchange", () => location.reload());
if (key !== "") void offer();

async function offer(): Promise<void> {
  const asked = sizeOf(link)?.join("x") ?? "";
  for (const choice of byId("sizes").querySelectorAll("input")) {
    choice.checked = choice.value === asked;
    choice.addEventListener("change", () => resize(choice.value));
  }
  showCard();
  byId("card").addEventListener("click", (event) => event.preventDefault());
  byId("copy").addEventListener("click", copy);
  const launcher = await (await fetch("/assets/launcher.html")).text();
  const file = new Blob([launcherFor(launcher, link)], { type: "text/html" });
  (byId("launcher") as HTMLAnchorElement).href = URL.createObjectURL(file);
}

/** To "1920x1080", or with `""` to what OBS takes by itself. */
function resize(size: string): void {
  const [width = null, height = null] = size.split("x");
  link = { ...link, width: pixels(width), height: pixels(height) };
  showCard();
}

function showCard(): void {
  (byId("card") as HTMLAnchorElement).href = dragLink(link);
  const size = sizeOf(link)?.join(" × ");
  byId("size").textContent = size === undefined ? link.name : `${link.name}, ${size}`;
}

/** Both or nothing: OBS knows no width without a height. */
function sizeOf({ width, height }: ScreenLink): readonly [number, number] | undefined {
  return width !== undefined && height !== undefined ? [width, height] : undefined;
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

function pixels(text: string | null): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 16 && value <= 8192 ? value : undefined;
}

function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}
