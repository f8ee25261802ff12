export interface RequestTarget {
  readonly method: string;
  readonly pathname: string;
}

/** What a request asks for, as the server reads it; `undefined` where it can be no request. */
export function targetOf(request: Buffer): RequestTarget | undefined {
  const line = request.toString("latin1", 0, Math.max(0, request.indexOf("\r\n")));
  const [method = "", address = ""] = line.split(" ");
  const url = URL.parse(address.startsWith("/") ? `http://localhost${address}` : address);
  return url === null ? undefined : { method, pathname: url.pathname };
}
