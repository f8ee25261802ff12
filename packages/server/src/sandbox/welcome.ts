import type { Guide } from "./guide.ts";

/** What the terminal shows when the sandbox is up: where it is and what to put where. */
export function sandboxWelcome({ localUrl, env, creators }: Guide, colours: boolean): string {
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string) => paint(1, text);
  const dim = (text: string) => paint(2, text);
  const lines = [
    `Pretended DonationAlerts, Pally and Tuniform. Donate and misbehave at ${bold(`${localUrl}/`)}`,
    "",
    "In the file .env beside your Tipwire, before it starts:",
    ...Object.entries(env).map(([name, value]) => `  ${name}="${value}"`),
    "",
    `Then connect DonationAlerts at ${bold(loginOf(env["REDIRECT_URI"] ?? ""))}`,
    dim("and pick a creator. Pally and Tuniform, for each creator:"),
  ];
  for (const { name, commands } of creators) {
    lines.push(`  ${name}`, ...Object.values(commands).map((command) => `    ${bold(command)}`));
  }
  lines.push("", dim("Ctrl-C stops the sandbox and deletes everything in it."), "");
  return lines.join("\n");
}

/** The page on which the creator begins: beside the one that they come back to. */
function loginOf(redirectUri: string): string {
  return `${redirectUri.replace(/callback$/, "login")}?channel=main`;
}
