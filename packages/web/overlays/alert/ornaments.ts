import type { Tier } from "@tipwire/client";
import type { LookTraits } from "../looks/looks.ts";

/** Coins, confetti or dust: where each starts, how far and how long it goes, by numbers that the style sheets read. */
export function particles(look: LookTraits, tier: Tier, random: () => number): DocumentFragment {
  const fragment = document.createDocumentFragment();
  const count = look.particles[tier];
  for (let i = 0; i < count; i++) {
    const particle = document.createElement("i");
    const across = (i + random()) / count;
    const between = (least: number, most: number) => Math.round(least + random() * (most - least));
    const above = i % 3 === 0;
    const numbers = {
      "--x": `${(across * 100).toFixed(1)}%`,
      "--home": (0.5 - across) * 640,
      "--fall": between(260, 420),
      "--reach": between(140, 260),
      "--edge": above ? "0%" : "100%",
      "--drift": above ? between(-90, -16) : between(0, 110),
      "--turn": `${between(-60, 60) + (across - 0.5) * 120}deg`,
      "--y": `${between(20, 120)}px`,
      "--starts": `${between(0, 700)}ms`,
      "--lasts": `${between(1100, 1900)}ms`,
    };
    particle.style.cssText = Object.entries(numbers)
      .map(([name, value]) => `${name}:${value}`)
      .join(";");
    fragment.append(particle);
  }
  return fragment;
}

/** So many begin to move in one frame: all of them at once would take longer than a frame lasts. */
const atOnce = 10;

/** Lets particles go, by and by, from the next frame but one on. */
export function letGo(particles: readonly Element[]): void {
  requestAnimationFrame(() => {
    const rest = particles.slice(atOnce);
    if (rest.length > 0) letGo(rest);
    for (const particle of particles.slice(0, atOnce)) particle.classList.add("flying");
  });
}

/** The amount as it counts up: its digits at each step, with zeros in front as machines do. */
export function countingUp(amount: string, steps: number): readonly string[] {
  const digits = amount.replace(/\D/g, "");
  if (digits === "") return [];
  return Array.from({ length: steps }, (_, step) => {
    const now = ((BigInt(digits) * BigInt(step)) / BigInt(steps)).toString().padStart(digits.length, "0");
    let next = 0;
    return amount.replace(/\d/g, () => now[next++] ?? "0");
  });
}
