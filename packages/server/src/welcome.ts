import type { Serving } from "./serve.ts";

/** What the terminal shows when the server is up: where it is and what to do next. */
export function welcome({ app, first }: Pick<Serving, "app" | "first">, dataDir: string, colours: boolean): string {
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = (text: string) => paint(1, text);
  const dim = (text: string) => paint(2, text);
  const lines = [`Listening on ${bold(app.url)}`, dim(`Data in ${dataDir}`), ""];
  if (first === undefined) {
    lines.push(
      "Send a test donation:",
      `  ${bold('npx tipwire send main --name Ada --amount 5.00 --currency EUR --message "Hello!" --test')}`,
      dim("Lost the overlay's link? npx tipwire token rotate main makes a new one."),
    );
  } else {
    lines.push(
      `Your channel is ${bold(first.slug)}. Open its overlay in a browser or in OBS (the link is shown only now):`,
      `  ${bold(`${app.url}/overlay#${first.streamToken}`)}`,
      "",
      "Then send a donation from a second terminal:",
      `  ${bold(`npx tipwire send ${first.slug} --name Ada --amount 5.00 --currency EUR --message "Hello!"`)}`,
    );
  }
  lines.push("", dim("Ctrl-C stops the server. npx tipwire --help lists everything else."), "");
  return lines.join("\n");
}
