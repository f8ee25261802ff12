import { type Ending, refusedAnswer, type Session, withQuery } from "./transport.ts";
import type { Page } from "./wire.ts";

/** Seconds that the server holds a request while nothing happens. */
const wait = 25;
const limit = 500;

/** Long-polling: works wherever any web page does. */
export async function pollTransport(session: Session): Promise<Ending> {
  let after = session.after ?? "head";
  let opened = false;
  for (;;) {
    // The first answer comes at once: it tells where we stand, before anything can be missed.
    const asked = session.clock.now();
    const response = await session.fetch(withQuery(session.address, { after, limit, wait: opened ? wait : 0 }), {
      headers: { accept: "application/json", authorization: `Bearer ${session.token}` },
      cache: "no-store",
      signal: session.signal,
    });
    if (!response.ok) return refusedAnswer(response);
    const page = (await response.json()) as Page;
    session.alive();
    if (!opened) session.opened(wait, null);
    if (page.reset !== undefined) session.reset(page.reset);
    for (const event of page.events) session.event(event);
    session.reached(page.cursor);
    after = page.cursor;
    const early = opened && page.events.length === 0 && session.clock.now() - asked < 1000;
    opened = true;
    if (early) return { status: "lost", reason: "the server did not wait" };
  }
}
