import { command } from "./command.ts";
import { connect, findServer } from "./connect.ts";
import { connectionsText } from "./connection-text.ts";

export const status = command({
  name: "status",
  args: [],
  summary: "Say whether the server runs, since when, who is connected, and how its own connections are.",
  flags: {},
  async run({ context, say, paint }) {
    const { url } = findServer(context);
    const api = connect(context);
    const [info, connections] = await Promise.all([api.info(), api.connections()]);
    const sessions = Object.entries(info.sessions).filter(([, count]) => count > 0);
    const connected = sessions.map(([protocol, count]) => `${protocol} ${count}`).join(", ") || "nobody";
    const lines = [
      `${paint("green", "Running")} at ${paint("bold", url)}`,
      `Version    ${info.version}`,
      `Up for     ${duration(info.uptimeSeconds)}`,
      `Channels   ${info.channels}`,
      `Connected  ${connected}`,
    ];
    const fetched = connections.length === 0 ? "" : `\n${connectionsText(connections, context.now(), paint)}`;
    say({ url, ...info, connections }, `${lines.join("\n")}\n${fetched}`);
    return 0;
  },
});

/** "3 d 4 h", "4 h 5 min", "5 min 6 s". */
function duration(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ] as const;
  const first = parts.findIndex(([number]) => number > 0);
  const shown = parts.slice(first < 0 ? 3 : first).slice(0, 2);
  return shown.map(([number, unit]) => `${number} ${unit}`).join(" ");
}
