/** One message of `text/event-stream`. */
export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

/** Takes text as it comes, in pieces of any size, and gives each message that is complete. */
export function eventStreamParser(onMessage: (message: StreamMessage) => void): (text: string) => void {
  let rest = "";
  let event = "";
  let data: string[] = [];

  function take(line: string): void {
    if (line === "") {
      if (data.length > 0) onMessage({ event: event || "message", data: data.join("\n") });
      event = "";
      data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }

  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    // A `\r` at the very end may be the first half of `\r\n`: it stays with the rest.
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  };
}
