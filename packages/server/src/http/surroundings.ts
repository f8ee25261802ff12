import type { Directory } from "../access/directory.ts";
import type { Endpoint } from "../core/socket.ts";
import type { EventLog } from "../log/event-log.ts";
import type { PageFiles } from "./pages.ts";
import type { Route } from "./router.ts";

/** What addresses that are added to a server's own work with. */
export interface Inside {
  readonly files: PageFiles;
  readonly directory: Directory;
  readonly log: EventLog;
}

/** What stands between the world and a server's own addresses. Only a sandbox has any. */
export interface Surroundings {
  /** Addresses that are looked at before the server's own. */
  routes(inside: Inside): readonly Route[];
  /** What takes an address's place. */
  route(own: Route): Route;
  /** What takes a protocol's place. */
  endpoint(own: Endpoint): Endpoint;
}
