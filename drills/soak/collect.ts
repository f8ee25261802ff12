/** Runs in the server's process before the server does, and collects all garbage on SIGUSR2: what is left is what is kept. */
process.on("SIGUSR2", () => Bun.gc(true));
