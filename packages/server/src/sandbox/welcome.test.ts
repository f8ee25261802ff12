import { expect, test } from "bun:test";
import { guideTo } from "./guide.ts";
import { sandboxWelcome } from "./welcome.ts";

const application = {
  appId: "1",
  apiKey: "tws_1",
  redirectUris: ["http://localhost:9000/api/auth/donationalerts/callback"],
};
const ana = { slug: "ana", name: "Ana", userId: 2, streamToken: "5".repeat(64), pallyKey: "tw_2_key" };
const guide = guideTo(
  { url: "https://sandbox.example", localUrl: "http://localhost:8100" },
  { application, creators: [ana] },
);

test("the terminal shows every line and command, and where to begin", () => {
  const shown = sandboxWelcome(guide, false)
    .split("\n")
    .map((line) => line.trim());
  for (const [name, value] of Object.entries(guide.env)) expect(shown).toContain(`${name}="${value}"`);
  for (const command of Object.values(guide.creators[0]?.commands ?? {})) expect(shown).toContain(command);
  expect(shown.join("\n")).toContain("http://localhost:8100/");
  expect(shown.join("\n")).toContain("http://localhost:9000/api/auth/donationalerts/login?channel=main");
});

test("platforms are where the public address is, sockets with its security", () => {
  expect(guide.env).toMatchObject({
    DA_TOKEN_URL: "https://sandbox.example/oauth/token",
    DA_CENTRIFUGO_URL: "wss://sandbox.example/connection/websocket",
    TIPWIRE_TUNIFORM_URL: "wss://sandbox.example/ws",
  });
});

test("no key stands where another user of the machine would see it", () => {
  for (const command of Object.values(guide.creators[0]?.commands ?? {})) {
    const [written = "", run = ""] = command.split(" | ");
    expect(written).toMatch(/^echo /);
    expect(run).not.toContain(ana.pallyKey);
    expect(run).not.toContain(ana.streamToken);
  }
});
