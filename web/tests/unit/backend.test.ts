import { expect, test } from 'vitest';
import type { Face } from '../../src/types';
import { better, same, speed } from '../../src/vision/backend';
import type { Recognizer } from '../../src/vision/recognizer';

const face = (x: number, p: number): Face => ({
  box: { x, y: 0, w: 50, h: 60 },
  score: 1,
  landmarks: [],
  probabilities: Float32Array.of(p, 1 - p),
  emotion: 0,
  confidence: p,
  unclear: null,
});
/** A recognizer that takes so many milliseconds. */
const taking = (ms: number, faces: Face[]) =>
  ({ recognize: () => new Promise((done) => setTimeout(() => done(faces), ms)) }) as unknown as Recognizer;
const picture = { data: new Uint8Array(4), width: 1, height: 1 };

test('the same reading: boxes within two pixels, probabilities within 0.02', () => {
  expect(same([face(10, 0.9)], [face(11.5, 0.91)])).toBe(true);
  expect(same([face(10, 0.9)], [face(13, 0.9)])).toBe(false);
  expect(same([face(10, 0.9)], [face(10, 0.8)])).toBe(false);
  expect(same([face(10, 0.9)], [])).toBe(false);
});

test('only what reads the same and is clearly faster is better', async () => {
  const slow = taking(40, [face(10, 0.9)]);
  expect(await better(taking(2, [face(10, 0.9)]), slow, picture)).toBe(true);
  expect(await better(taking(2, [face(40, 0.9)]), slow, picture)).toBe(false);
  expect(await better(slow, taking(2, [face(10, 0.9)]), picture)).toBe(false);
  expect(await speed(slow, picture, 3)).toBeGreaterThan(30);
});

test('a rival that can’t win is not waited for', async () => {
  let looks = 0;
  const hopeless = {
    recognize: () => {
      looks++;
      return new Promise((done) => setTimeout(() => done([face(10, 0.9)]), 60));
    },
  } as unknown as Recognizer;
  expect(await better(hopeless, taking(5, [face(10, 0.9)]), picture)).toBe(false);
  // one that compiles, and one that shows how slow it is
  expect(looks).toBe(2);
  expect(await speed(taking(10, []), picture, 9, 8)).toBe(Number.POSITIVE_INFINITY);
});
