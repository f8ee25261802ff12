export type * from "./api.ts";
export type { Clock } from "./clock.ts";
export { TipwireError } from "./error.ts";
export { events } from "./events.ts";
export { type Follower, type FollowOptions, type FollowState, follow } from "./follow.ts";
export { type Identified, type PageQuery, TipwireApi, type TipwireApiOptions } from "./tipwire-api.ts";
export type { Fetch, TransportName } from "./transport.ts";
export type { WebSocketConstructor, WebSocketLike } from "./websocket.ts";
export * from "./wire.ts";
