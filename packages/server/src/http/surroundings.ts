import type { Endpoint } from "../core/socket.ts";
import type { PageFiles } from "./pages.ts";
import type { Route } from "./router.ts";

/** What stands between the world and a server's own addresses. Only a sandbox has any. */
export interface Surroundings {
  /** Addresses that are looked at before the server's own. */
  routes(files: PageFiles): readonly Route[];
  /** What takes an address's place. */
  route(own: Route): Route;
  /** What takes a protocol's place. */
  endpoint(own: Endpoint): Endpoint;
}
