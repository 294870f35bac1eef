// From readings to spells, as spells.py makes them: the stretches of one emotion that are stored, in seconds.
import { argmax, EMOTIONS } from '../labels';

export const MIN_LENGTH = 10;
export const MAX_LENGTH = 300;
export const MAX_GAP = 10;

/** emotion: index. probabilities: mean of the readings that were not unclear. start, end: seconds of the same clock. */
export interface Spell {
  id: string;
  start: number;
  end: number;
  emotion: number;
  probabilities: number[];
  readings: number;
  unclearShare: number;
}

export interface Moment {
  time: number;
  label: number | null;
  probabilities: ArrayLike<number>;
  unclear: boolean;
}

class Stretch {
  last: number;
  label: number | null = null;
  readonly lasted = new Float64Array(EMOTIONS.length);
  readonly sum = new Float64Array(EMOTIONS.length);
  readings = 0;
  unclear = 0;

  constructor(readonly start: number) {
    this.last = start;
  }

  get seconds(): number {
    return this.last - this.start;
  }

  /** The one that lasted longest; before any time has passed, the one it began with. */
  get emotion(): number | null {
    return this.lasted.some((seconds) => seconds !== 0) ? argmax(this.lasted) : this.label;
  }

  lastUntil(time: number): void {
    if (this.label !== null) this.lasted[this.label] += time - this.last;
    this.last = time;
  }

  count({ label, probabilities, unclear }: Moment): void {
    this.label = label ?? this.label;
    this.readings += 1;
    if (unclear) this.unclear += 1;
    else for (let i = 0; i < this.sum.length; i++) this.sum[i] += probabilities[i];
  }

  join(later: Stretch): void {
    this.last = later.last;
    this.label = later.label;
    for (let i = 0; i < this.sum.length; i++) {
      this.lasted[i] += later.lasted[i];
      this.sum[i] += later.sum[i];
    }
    this.readings += later.readings;
    this.unclear += later.unclear;
  }
}

export class SpellMaker {
  private current: Stretch | null = null;
  /** Since when another emotion shows, not yet long enough for a spell of its own. */
  private change: Stretch | null = null;

  constructor(private readonly makeId: () => string = () => crypto.randomUUID()) {}

  /** Takes one reading; gives the spell that it ended, if any. A reading earlier than the last is left out. */
  add(moment: Moment): Spell | null {
    let ended: Spell | null = null;
    if (this.current) {
      const latest = this.change ?? this.current;
      if (moment.time < latest.last) return null;
      if (moment.time - latest.last > MAX_GAP) {
        ended = this.end();
      } else {
        latest.lastUntil(moment.time);
        ended = this.turn(moment, this.current);
      }
    }
    if (!this.current) {
      if (moment.label === null) return ended;
      this.current = new Stretch(moment.time);
    }
    (this.change ?? this.current).count(moment);
    return ended;
  }

  /** Ends the current spell at its last reading; null where it was shorter than the least length. */
  end(): Spell | null {
    const { current, change } = this;
    this.current = null;
    this.change = null;
    if (!current) return null;
    if (change) current.join(change);
    return this.spell(current);
  }

  private turn(moment: Moment, current: Stretch): Spell | null {
    if (moment.time - current.start >= MAX_LENGTH) return this.end();
    if (this.change && this.change.seconds >= MIN_LENGTH) {
      const changed = this.change;
      this.change = null;
      if (current.seconds >= MIN_LENGTH) {
        this.current = changed;
        return this.spell(current);
      }
      current.join(changed);
    }
    if (moment.label !== null) {
      if (moment.label !== current.emotion && !this.change) {
        this.change = new Stretch(moment.time);
      } else if (moment.label === current.emotion && this.change) {
        current.join(this.change);
        this.change = null;
      }
    }
    return null;
  }

  private spell(stretch: Stretch): Spell | null {
    const { emotion, readings, unclear } = stretch;
    if (stretch.seconds < MIN_LENGTH || emotion === null) return null;
    const clear = Math.max(readings - unclear, 1);
    return {
      id: this.makeId(),
      start: stretch.start,
      end: stretch.last,
      emotion,
      probabilities: Array.from(stretch.sum, (value) => value / clear),
      readings,
      unclearShare: unclear / readings,
    };
  }
}
