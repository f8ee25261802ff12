import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { command } from "./command.ts";
import type { CliContext } from "./context.ts";
import { WrongUse } from "./faults.ts";
import { changeSettings, readSettings } from "./settings-file.ts";

/** Where DonationAlerts registers applications; "App ID" and "API Key" are its own words. */
const applicationsPage = "https://www.donationalerts.com/application/clients";

type Values = Readonly<Record<string, string | undefined>>;

export const setupDonationAlerts = command({
  name: "setup donationalerts",
  args: [],
  summary: "Register an application at DonationAlerts, step by step, so that creators can log in.",
  details: `Asks for what is missing, and writes it into a file of settings that only you can read. The API Key is not
shown while you type it; through a pipe it is read to the end: tipwire setup donationalerts --app-id 123 < key.txt`,
  flags: {
    "app-id": { value: "ID", help: "The application's App ID; without it you are asked." },
    file: { value: "FILE", help: "The file of settings, .env here unless TIPWIRE_CONFIG names another." },
    again: { help: "Ask anew for what is set already." },
  },
  async run({ flags, context, json, say, paint }) {
    const file = flags.file ?? context.env["TIPWIRE_CONFIG"] ?? ".env";
    const kept = readSettings(file);
    const known: Values = { ...kept, ...present(context.env) };
    const redirectUri = known["REDIRECT_URI"] || `${homeOf(known)}/api/auth/donationalerts/callback`;
    if (!json) context.stdout.write(steps(redirectUri, paint));

    const told = flags["app-id"] ?? (flags.again ? undefined : known["APP_ID"]);
    const appId = checked("App ID", told || (await context.readLine("App ID: ")), "--app-id ID is missing.");
    const isAnother = flags.again || appId !== known["APP_ID"];
    const apiKey = isAnother ? undefined : known["API_KEY"];
    const changes = {
      APP_ID: appId,
      API_KEY: checked("API Key", apiKey || (await context.readSecret("API Key: ")), "The API Key is missing."),
      REDIRECT_URI: redirectUri,
      SESSION_SECRET_KEY: known["SESSION_SECRET_KEY"] || randomBytes(32).toString("hex"),
    };
    const isNew = Object.entries(changes).some(([name, value]) => known[name] !== value);
    if (isNew) changeSettings(file, changes);
    const path = resolve(file);
    say(
      { file: path, changed: isNew, appId, redirectUri, applicationsPage },
      outcome(isNew, path, redirectUri, context),
    );
    return 0;
  },
});

function steps(redirectUri: string, paint: (style: "bold", text: string) => string): string {
  return `DonationAlerts gives donations to applications. Register one of your own, once:

1. Open ${paint("bold", applicationsPage)} and log in as the streamer.
2. Press + CREATE NEW APP. The App name is what you will read when you log in.
   Redirect URL, exactly:
   ${paint("bold", redirectUri)}
3. Press CREATE. The application is in the list now, with its App ID and its API Key.

`;
}

function outcome(isNew: boolean, path: string, redirectUri: string, { stdout }: CliContext): string {
  const home = new URL(redirectUri).origin;
  const next = `open ${home} and press Login with DonationAlerts.`;
  const gap = stdout.isTTY === true ? "\n" : "";
  if (!isNew) return `${gap}Everything is set in ${path}. With Tipwire running, ${next}\n`;
  return `${gap}Written to ${path}, which only you can read.\nStart Tipwire again, then ${next}\n`;
}

/** Where browsers find the server, as far as the settings say. */
function homeOf(known: Values): string {
  const publicUrl = known["TIPWIRE_PUBLIC_URL"]?.replace(/\/+$/, "");
  return publicUrl || `http://localhost:${known["TIPWIRE_PORT"] || 8000}`;
}

/** What is set in the environment wins over the file; what is empty there is not set. */
function present(env: Values): Values {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}

function checked(what: string, given: string, missing: string): string {
  if (given === "") throw new WrongUse(missing);
  if (/^[\w.~+/=-]{1,500}$/.test(given)) return given;
  throw new WrongUse(`That is no ${what}: it is letters and digits without spaces.`);
}
