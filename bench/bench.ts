/** A measurement with a goal. */
export interface Figure {
  readonly what: string;
  /** As the table prints it. */
  readonly measured: string;
  readonly value: number;
  readonly goal: number;
  /** Which side of the goal is the good one. */
  readonly better: "more" | "less";
  readonly unit: string;
  /** A goal that is not reached: what is, and what it is limited by. A guard then holds on to that. */
  readonly limited?: { readonly to: number; readonly by: string };
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  /** Prints its own table and gives the figures that have goals. `quick`: as long as a guard may take. */
  run(quick: boolean, print: (text: string) => void): Promise<readonly Figure[]>;
}

/** How much of a goal a guard asks for: the machines of tests are shared and noisy. */
export const guardPart = 0.7;

export function reaches({ value, goal, better }: Figure, part: number): boolean {
  return better === "more" ? value >= goal * part : value <= goal / part;
}

/** Whether a figure is as good as a guard asks for. */
export function holds(figure: Figure): boolean {
  return reaches({ ...figure, goal: figure.limited?.to ?? figure.goal }, guardPart);
}
