// Learning a resting face: three seconds of readings without a break.
import { BASELINE_SECONDS, baselineOf } from './baseline';

export class RestingFace {
  private readings: ArrayLike<number>[] = [];
  private until: number;

  /** time: seconds, of the clock of the readings. */
  constructor(time: number) {
    this.until = time + BASELINE_SECONDS;
  }

  /**
   * probabilities: of a face that was read, or null where there was none: the three seconds begin again.
   * Returns the seconds left, 0 when there is enough.
   */
  add(probabilities: ArrayLike<number> | null, time: number): number {
    if (probabilities) {
      this.readings.push(probabilities);
    } else {
      this.readings = [];
      this.until = time + BASELINE_SECONDS;
    }
    // the picture may be older than the wish
    return Math.min(BASELINE_SECONDS, Math.max(0, this.until - time));
  }

  get factors(): number[] {
    return baselineOf(this.readings);
  }
}
