// Which part of the machine the networks run on: WASM, unless WebGPU reads the same and faster. That is measured once
// on each device, with the picture of its camera, and remembered by the page.
import type { Face, Picture } from '../types';

/** What is compared: everything that reads the faces of a picture. */
export interface Reader {
  recognize(frame: Picture): Promise<Face[]>;
}

/** How much faster it must be to be worth its larger download. */
const FASTER = 1.25;
const TIMES = 9;
/** One run so many times slower than what would be worth it, and nobody has to wait for more. */
const HOPELESS = 4;
/** Pixels, and probability: more than that apart and it is another reading. */
const BOX_TOLERANCE = 2;
const PROBABILITY_TOLERANCE = 0.02;

/**
 * Median milliseconds of a full look at a picture and of reading the faces in it. wanted: fewer than these are of use;
 * what can't reach them is given up, as infinity.
 */
export async function speed(
  recognizer: Reader,
  picture: Picture,
  times = TIMES,
  wanted = Number.POSITIVE_INFINITY,
): Promise<number> {
  const taken: number[] = [];
  let slow = 0;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await recognizer.recognize(picture);
    const one = performance.now() - start;
    taken.push(one);
    if (one >= wanted) slow++;
    if (slow > times / 2 || one > wanted * HOPELESS) return Number.POSITIVE_INFINITY;
  }
  return taken.sort((p, q) => p - q)[times >> 1];
}

export function same(one: Face[], other: Face[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ box, probabilities }) =>
      other.some(
        (twin) =>
          (['x', 'y', 'w', 'h'] as const).every((side) => Math.abs(box[side] - twin.box[side]) <= BOX_TOLERANCE) &&
          probabilities.every((p, i) => Math.abs(p - twin.probabilities[i]) <= PROBABILITY_TOLERANCE),
      ),
    )
  );
}

/** Whether `rival` reads the picture as `current` does, and faster. */
export async function better(rival: Reader, current: Reader, picture: Picture): Promise<boolean> {
  // the first run may still compile
  if (!same(await rival.recognize(picture), await current.recognize(picture))) return false;
  const wanted = (await speed(current, picture)) / FASTER;
  return (await speed(rival, picture, TIMES, wanted)) < wanted;
}
