// A face at rest is not neutral for the model: some always look sad. Three seconds of a resting face tell by how much,
// and every later reading is divided by it (a change of class priors, Saerens et al. 2002).
import { BY_NAME, EMOTIONS } from '../labels';

export const BASELINE_SECONDS = 3;
/** What a resting face should read: mostly neutral. */
const REST = EMOTIONS.map((e) => (e.index === BY_NAME.neutral.index ? 0.86 : 0.02));
/** A resting face can't make an emotion more than so many times less, or more, probable. */
const MOST = 8;

/** The factors of each emotion from readings of the resting face. */
export function baselineOf(readings: ArrayLike<number>[]): number[] {
  return EMOTIONS.map(({ index }) => {
    const mean = readings.reduce((sum, p) => sum + p[index], 0) / readings.length;
    return Math.min(Math.max(REST[index] / Math.max(mean, 1e-3), 1 / MOST), MOST);
  });
}

/** The probabilities corrected by the factors; they sum to 1 again. */
export function correct(probabilities: Float32Array, factors: number[]): Float32Array {
  const scaled = probabilities.map((p, i) => p * factors[i]);
  const total = scaled.reduce((sum, p) => sum + p, 0);
  return total > 0 ? scaled.map((p) => p / total) : probabilities;
}
