import { randomBytes } from "node:crypto";
import type { Creator, World } from "./world.ts";

/** What to put where, so that a Tipwire beside the sandbox takes it for the platforms. */
export interface Guide {
  /** Where the platforms are, and where the sandbox is found on this machine, whatever stands between; without a slash at the end. */
  readonly url: string;
  readonly localUrl: string;
  /** The lines of the DonationAlerts guide's `.env`, by name. */
  readonly env: Readonly<Record<string, string>>;
  readonly creators: readonly (Creator & { readonly commands: Readonly<Record<string, string>> })[];
}

export function guideTo({ url, localUrl }: Pick<Guide, "url" | "localUrl">, { application, creators }: World): Guide {
  const sockets = url.replace(/^http/, "ws");
  return {
    url,
    localUrl,
    env: {
      APP_ID: application.appId,
      API_KEY: application.apiKey,
      REDIRECT_URI: application.redirectUris[0] ?? "",
      SESSION_SECRET_KEY: randomBytes(32).toString("hex"),
      DA_AUTHORIZATION_URL: `${url}/oauth/authorize`,
      DA_TOKEN_URL: `${url}/oauth/token`,
      DA_API_BASE_URL: `${url}/api/v1`,
      DA_CENTRIFUGO_URL: `${sockets}/connection/websocket`,
      TIPWIRE_PALLY_URL: sockets,
      TIPWIRE_TUNIFORM_URL: `${sockets}/ws`,
      TIPWIRE_TUNIFORM_POLL_URL: `${url}/sandbox/tuniform?token={token}`,
    },
    creators: creators.map((creator) => ({ ...creator, commands: commandsFor(creator) })),
  };
}

/** Keys are read from standard input: other users of a machine see what is in a command. */
function commandsFor({ pallyKey, streamToken, slug }: Creator): Readonly<Record<string, string>> {
  return {
    pally: `echo ${pallyKey} | npx tipwire connection add pally --channel main --page ${slug}`,
    tuniform: `echo ${streamToken} | npx tipwire connection add tuniform --channel main`,
  };
}
