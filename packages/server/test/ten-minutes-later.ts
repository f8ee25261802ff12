/** Runs in the program before its own code: each SIGUSR2 puts its clock ten minutes on, as if it had slept. */
const now = Date.now;
let ahead = 0;
Date.now = () => now() + ahead;
process.on("SIGUSR2", () => {
  ahead += 600_000;
});
