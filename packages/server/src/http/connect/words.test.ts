import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { settings } from "../../config.ts";
import { failureWords, type LoginFailure, loginFailures } from "./words.ts";

const page = readFileSync(new URL("../../../../../docs/platforms/donationalerts.md", import.meta.url), "utf8");
const failures = Object.keys(loginFailures) as LoginFailure[];

function inLanguage(language: string): Request {
  return new Request("http://localhost/", { headers: { "accept-language": language } });
}

test.each(failures)("%s: a title, what to do and two ways on, in both languages", (failure) => {
  const [english, russian] = ["en-US,ru;q=0.5", "ru"].map((language) => failureWords(inLanguage(language), failure));
  expect(Object.values(english ?? {}).every((text) => /^[\x20-\x7e]+$/.test(text))).toBe(true);
  expect(Object.values(russian ?? {}).every((text) => /[а-я]/.test(text))).toBe(true);
});

test("the documentation explains every page that a login may end on, and names every setting of the guide", () => {
  const explained = failures.filter((failure) => !["channel", "another"].includes(failure));
  for (const failure of explained) expect(page).toContain(`| ${loginFailures[failure].en[0]} |`);
  const guides = Object.values(settings).flatMap(({ env }) => (env.startsWith("TIPWIRE_") ? [] : [env as string]));
  expect(guides).toHaveLength(11);
  for (const name of guides) expect(page).toMatch(new RegExp(`\`${name}[\`=]`));
});
