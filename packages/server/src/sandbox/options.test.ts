import { expect, test } from "bun:test";
import { FlagUnknown, SettingInvalid } from "../config.ts";
import { faultFlags, faultKinds, faultsBody, noFaults } from "./faults.ts";
import { readSandboxOptions, sandboxHelp } from "./options.ts";

test("without flags: two creators, the guide's redirect address, a port beside Tipwire's", () => {
  expect(readSandboxOptions([])).toEqual({
    creators: ["Ana", "Boris"],
    redirectUris: ["http://localhost:8000/api/auth/donationalerts/callback"],
    faults: {},
    json: false,
    serverFlags: ["--port", "8100"],
  });
});

test("creators, addresses and switches by flags; the rest is the server's", () => {
  const flags = [
    "--creator",
    "Zoë K",
    "--creator=Boris",
    "--redirect-uri",
    "http://a/b?c=d",
    "--drop",
    "0.25",
    "--json",
  ];
  const options = readSandboxOptions([...flags, "--token-life=30", "--port", "0", "--access-token-seconds", "60"]);
  expect(options.creators).toEqual(["Zoë K", "Boris"]);
  expect(options.redirectUris).toEqual(["http://a/b?c=d"]);
  expect(options.faults).toEqual({ drop: 0.25, tokenLife: 30 });
  expect(options.json).toBe(true);
  expect(options.serverFlags).toEqual(["--port", "0", "--access-token-seconds", "60"]);
});

test("what cannot be used is refused with a sentence", () => {
  expect(() => readSandboxOptions(["--drop", "2"])).toThrow("--drop must be a number from 0 to 1");
  expect(() => readSandboxOptions(["--close-code", "1006.5"])).toThrow("--close-code must be a whole number from 1000");
  expect(() => readSandboxOptions(["--delay", ""])).toThrow(SettingInvalid);
  expect(() => readSandboxOptions(["--creator"])).toThrow("--creator needs a value");
  expect(() => readSandboxOptions(["--creator", "…"])).toThrow(SettingInvalid);
  expect(() => readSandboxOptions(["--creator", "Main"])).toThrow(SettingInvalid);
});

test("a sandbox keeps nothing: no directory and no database can be given to it", () => {
  for (const flag of ["--data-dir", "--database-url", "--listen-url", "--trusted-proxies", "--nope", "here"]) {
    expect(() => readSandboxOptions([flag, "x"])).toThrow(FlagUnknown);
  }
});

test("help names every switch, and what is usual is allowed", () => {
  const help = sandboxHelp();
  expect([...faultFlags.keys()].filter((flag) => !help.includes(`--${flag} N`))).toEqual([]);
  expect(faultFlags.size).toBe(Object.keys(faultKinds).length);
  expect(faultsBody.parse(noFaults)).toEqual(noFaults);
});
