import { administrationKinds } from "./administration-kinds.ts";
import { applicationKinds } from "./application-kinds.ts";
import { bareHttpKinds } from "./bare-http-kinds.ts";
import { brokenSocketKinds } from "./broken-socket-kinds.ts";
import { centrifugoKinds } from "./centrifugo-kinds.ts";
import { connectionKinds } from "./connection-kinds.ts";
import { donationAlertsKinds } from "./donationalerts-kinds.ts";
import { eventKinds } from "./event-kinds.ts";
import type { Kind } from "./input.ts";
import { mediaKinds } from "./media-kinds.ts";
import { oauthKinds } from "./oauth-kinds.ts";
import { overlayKinds } from "./overlay-kinds.ts";
import { pageKinds } from "./page-kinds.ts";
import { stageKinds } from "./stage-kinds.ts";
import { websocketKinds } from "./websocket-kinds.ts";

/** Every kind of input. */
export const kinds: readonly Kind[] = [
  ...eventKinds,
  ...administrationKinds,
  ...applicationKinds,
  ...connectionKinds,
  ...stageKinds,
  ...mediaKinds,
  ...oauthKinds,
  ...donationAlertsKinds,
  ...websocketKinds,
  ...centrifugoKinds,
  ...overlayKinds,
  ...brokenSocketKinds,
  ...pageKinds,
  ...bareHttpKinds,
];
