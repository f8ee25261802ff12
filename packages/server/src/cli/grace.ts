import { WrongUse } from "./faults.ts";

/** Seconds of `--grace`: 0s, 10m, 1h, 2d. */
export function graceSeconds(text: string): number {
  const [, number, unit = "s"] = /^(\d{1,8})([smhd])?$/.exec(text) ?? [];
  const inUnit = { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
  if (number === undefined || inUnit === undefined) {
    throw new WrongUse(`--grace must be a time such as 0s, 10m or 1h, not "${text}".`);
  }
  return Number(number) * inUnit;
}
