/** Whether a connection comes from this machine itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}

/**
 * The client's address: that of the connection, or, behind one of the trusted proxies, the last address in
 * `X-Forwarded-For` that is not itself a trusted proxy.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: ReadonlySet<string>): string {
  if (forwardedFor === null || !trusted.has(peer)) return peer;
  const hops = forwardedFor.split(",").map((hop) => hop.trim());
  while (hops.length > 1 && trusted.has(hops.at(-1) ?? "")) hops.pop();
  return hops.at(-1) || peer;
}
