import { expect, test } from 'vitest';
import { argmax, BY_NAME } from '../../src/labels';
import { baselineOf, correct } from '../../src/tracking/baseline';

const sadAtRest = Float32Array.from([0.4, 0.02, 0.02, 0.46, 0.04, 0.02, 0.02, 0.02]);

test('a resting face that looks sad reads as neutral afterwards', () => {
  const factors = baselineOf([sadAtRest, sadAtRest]);
  const fixed = correct(sadAtRest, factors);
  expect(argmax(fixed)).toBe(BY_NAME.neutral.index);
  expect(fixed.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
});

test('a smile is still one, and no emotion is ruled out', () => {
  const factors = baselineOf([sadAtRest]);
  const smile = Float32Array.from([0.1, 0.8, 0.02, 0.04, 0.01, 0.01, 0.01, 0.01]);
  expect(argmax(correct(smile, factors))).toBe(BY_NAME.happiness.index);
  const sad = Float32Array.from([0.01, 0.01, 0.01, 0.93, 0.01, 0.01, 0.01, 0.01]);
  expect(argmax(correct(sad, factors))).toBe(BY_NAME.sadness.index);
  for (const factor of baselineOf([Float32Array.from([1, 0, 0, 0, 0, 0, 0, 0])])) {
    expect(factor).toBeGreaterThanOrEqual(1 / 8);
    expect(factor).toBeLessThanOrEqual(8);
  }
});
