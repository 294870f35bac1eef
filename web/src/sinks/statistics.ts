// From spells to what the journal shows. All in seconds, cut at the edges of the days.
import { affect, EMOTIONS } from '../labels';
import type { KeptSpell } from './store';

export interface Sum {
  /** Seconds for each emotion. */
  seconds: number[];
  total: number;
  /** Weighted by time; null where there is nothing. */
  valence: number | null;
  arousal: number | null;
  /** The emotion that lasted longest, or null. */
  emotion: number | null;
}

export const startOfDay = (date: Date): Date => new Date(date.getFullYear(), date.getMonth(), date.getDate());
/** By the calendar, so that days of 23 and 25 hours count as one. */
export const addDays = (date: Date, days: number): Date =>
  new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
export const epoch = (date: Date): number => date.getTime() / 1000;

/** What the spells add up to within [from, to), epoch seconds. */
export function sumUp(spells: KeptSpell[], from: number, to: number): Sum {
  const seconds = EMOTIONS.map(() => 0);
  let valence = 0;
  let arousal = 0;
  let total = 0;
  for (const spell of spells) {
    const length = Math.min(spell.end, to) - Math.max(spell.start, from);
    if (length <= 0) continue;
    const [v, a] = affectOf(spell);
    seconds[spell.emotion] += length;
    total += length;
    valence += v * length;
    arousal += a * length;
  }
  if (!total) return { seconds, total, valence: null, arousal: null, emotion: null };
  const emotion = seconds.indexOf(Math.max(...seconds));
  return { seconds, total, valence: valence / total, arousal: arousal / total, emotion };
}

/** Whether the person said something else than was read; they may have taken that back. */
export const isCorrected = ({ readEmotion, emotion }: KeptSpell): boolean =>
  readEmotion !== null && readEmotion !== emotion;

/** Where the person corrected the reading, their word counts and not the model's probabilities. */
export function affectOf(spell: KeptSpell): [number, number] {
  if (!isCorrected(spell)) return affect(spell.probabilities);
  const { valence, arousal } = EMOTIONS[spell.emotion];
  return [valence, arousal];
}

/** One sum for each day of [first, first + count). */
export function byDay(spells: KeptSpell[], first: Date, count: number): Sum[] {
  return Array.from({ length: count }, (_, i) => sumUp(spells, epoch(addDays(first, i)), epoch(addDays(first, i + 1))));
}

/** Seconds and share of low moods in the day up to `now`, for the calm line. */
export function lowTime(spells: KeptSpell[], now: number): { seconds: number; share: number } {
  const sum = sumUp(spells, now - 86400, now);
  const low = EMOTIONS.filter((e) => e.name === 'sadness' || e.name === 'fear');
  const seconds = low.reduce((all, e) => all + sum.seconds[e.index], 0);
  return { seconds, share: sum.total ? seconds / sum.total : 0 };
}

/** 20 minutes of sadness or fear, and most of what was seen in a day. */
export const isLongLow = (spells: KeptSpell[], now: number): boolean => {
  const { seconds, share } = lowTime(spells, now);
  return seconds >= 20 * 60 && share >= 0.6;
};
