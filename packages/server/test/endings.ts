import { afterEach } from "bun:test";

/** What has to end after a test: pushed as it begins, ended newest first, also when the test failed. */
export function endings(): (() => unknown)[] {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return ends;
}
