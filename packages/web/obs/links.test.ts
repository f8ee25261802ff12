import { expect, test } from "bun:test";
import { dragLink, launcherFor, overlayLink } from "./links.ts";

const link = { origin: "http://localhost:8000", key: "display_1f", name: "Main & more", width: 1080, height: 1920 };

test("the link, and the one to drag with what OBS takes off it", () => {
  expect(overlayLink(link)).toBe("http://localhost:8000/overlay/#display_1f");
  const dragged = new URL(dragLink(link));
  expect(Object.fromEntries(dragged.searchParams)).toEqual({
    "layer-name": "Main & more",
    "layer-width": "1080",
    "layer-height": "1920",
  });
  expect(dragged.hash).toBe("#display_1f");
  expect(new URL(dragLink({ ...link, width: undefined })).searchParams.has("layer-width")).toBe(false);
});

test("a key cannot break out of the launcher", () => {
  const launcher = launcherFor('<script>const link = "%link%";</script>', { ...link, key: '"</script><b>$&' });
  expect(launcher.match(/<\/script>/g)).toHaveLength(1);
  const [, text = ""] = /const link = (.*);/.exec(launcher) ?? [];
  expect(JSON.parse(text)).toBe('http://localhost:8000/overlay/#"</script><b>$&');
});
