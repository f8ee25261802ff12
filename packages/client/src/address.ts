/** The server's address without a slash at its end; it may have a path. */
export function serverAddress(url: string): string {
  return url.replace(/\/+$/, "");
}

export function channelAddress(url: string, slug: string): string {
  return `${serverAddress(url)}/v1/channels/${encodeURIComponent(slug)}`;
}

export function eventsAddress(url: string, slug: string): string {
  return `${channelAddress(url, slug)}/events`;
}
