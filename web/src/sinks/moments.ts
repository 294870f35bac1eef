// Feelings picked by hand: moments, which have no length, beside the seconds that were read from the face.
import { EMOTIONS } from '../labels';
import type { Sum } from './statistics';
import type { Entry } from './store';

/** What a day, a week or a year holds of both. */
export interface Both extends Sum {
  /** How often each emotion was picked by hand. */
  moments: number[];
  picked: number;
}

/** entries: those of the same time as the sum. Where no face was seen, what was picked by hand says how it was. */
export function withMoments(sum: Sum, entries: Entry[]): Both {
  const feelings = entries.flatMap(({ emotion }) => (emotion === null ? [] : [emotion]));
  const moments = EMOTIONS.map(({ index }) => feelings.filter((one) => one === index).length);
  const picked = feelings.length;
  if (sum.emotion !== null || !picked) return { ...sum, moments, picked };
  const mean = (of: 'valence' | 'arousal') => feelings.reduce((all, one) => all + EMOTIONS[one][of], 0) / picked;
  // of as many the last one
  const most = Math.max(...moments);
  const emotion = feelings.findLast((one) => moments[one] === most)!;
  return { ...sum, moments, picked, emotion, valence: mean('valence'), arousal: mean('arousal') };
}

/** Entries within [from, to), epoch seconds, in the order of their times. */
export const entriesWithin = (entries: Entry[], from: number, to: number): Entry[] =>
  entries.filter(({ at }) => at >= from && at < to);
