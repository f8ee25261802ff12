/** How strongly an alert sounds: a small one by the first, a huge one by the third. */
export type Intensity = 1 | 2 | 3;

/** LUFS of a sound's loudest 400 ms. */
export const targets: Readonly<Record<Intensity, number>> = { 1: -20, 2: -18, 3: -16 };
