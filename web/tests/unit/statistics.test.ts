import { expect, test } from 'vitest';
import { BY_NAME } from '../../src/labels';
import { addDays, byDay, epoch, isLongLow, sumUp } from '../../src/sinks/statistics';
import type { KeptSpell } from '../../src/sinks/store';

let number = 0;
function spell(
  start: number,
  seconds: number,
  name: keyof typeof BY_NAME,
  readEmotion: number | null = null,
): KeptSpell {
  const emotion = BY_NAME[name].index;
  const probabilities = Array.from({ length: 8 }, (_, i) => (i === emotion ? 1 : 0));
  return {
    id: String(number++),
    start,
    end: start + seconds,
    emotion,
    readEmotion,
    probabilities,
    readings: 10,
    unclearShare: 0,
    sent: 0,
  };
}

test('a spell over midnight counts for both days', () => {
  const day = new Date(2026, 10, 21);
  const midnight = epoch(addDays(day, 1));
  const [first, second] = byDay([spell(midnight - 60, 100, 'happiness')], day, 2);
  expect(first.total).toBeCloseTo(60);
  expect(second.total).toBeCloseTo(40);
  expect(first.emotion).toBe(BY_NAME.happiness.index);
});

test('valence is weighted by time, and a correction counts', () => {
  const sum = sumUp([spell(0, 30, 'happiness'), spell(30, 10, 'sadness')], 0, 100);
  expect(sum.valence).toBeCloseTo((30 * 0.81 - 10 * 0.63) / 40);
  const corrected = {
    ...spell(0, 10, 'happiness'),
    emotion: BY_NAME.sadness.index,
    readEmotion: BY_NAME.happiness.index,
  };
  expect(sumUp([corrected], 0, 10).valence).toBeCloseTo(-0.63);
});

test('nothing is nothing, not neutral', () => {
  expect(sumUp([], 0, 86400)).toMatchObject({ total: 0, valence: null, emotion: null });
});

test('a long low spell', () => {
  const now = 1_000_000;
  const low = Array.from({ length: 4 }, (_, i) => spell(now - 2000 + i * 300, 300, 'sadness'));
  expect(isLongLow(low, now)).toBe(true);
  expect(isLongLow(low.slice(1), now)).toBe(false);
  expect(isLongLow([...low, ...low.map((one) => spell(one.start - 5000, 300, 'happiness'))], now)).toBe(false);
  expect(isLongLow(low, now + 2 * 86400)).toBe(false);
});
