export interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** How long it is kept; 0 makes the browser forget it. */
  readonly seconds: number;
  /** Sent over https only. */
  readonly secure: boolean;
}

/** A `Set-Cookie` line: never readable by a page's script, and sent along from other sites only when somebody follows a link. */
export function cookieLine({ name, value, path, seconds, secure }: Cookie): string {
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** The value of a request's cookie, `undefined` where there is none or an empty one. */
export function cookieOf(request: Request, name: string): string | undefined {
  const cookies = (request.headers.get("cookie") ?? "").split(";").map((each) => each.trim());
  return cookies.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}
