/** PostgreSQL for the tests of many nodes: found, or installed where that is allowed. They start and stop it themselves. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installPackage, works } from "./debian.mjs";
import { fail } from "./setup.mjs";

const debian = "/usr/lib/postgresql";

/** Ends with a sentence where there is none and this user may not install it. */
export function ensurePostgres() {
  if (hasPostgres()) return;
  installPackage("postgresql", "what tests several nodes");
  if (hasPostgres()) return;
  fail("The tests of several nodes need PostgreSQL 15 or newer: install it (Debian: apt-get install postgresql).");
}

function hasPostgres() {
  if (works("initdb", ["--version"]) && works("postgres", ["--version"])) return true;
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  return versions.some((version) => existsSync(join(debian, version, "bin", "initdb")));
}
