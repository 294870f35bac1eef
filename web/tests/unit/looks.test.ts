import { expect, test } from 'vitest';
import type { Detection } from '../../src/types';
import { coarseSide, Looks } from '../../src/vision/looks';

const face = (side: number): Detection => ({ box: { x: 0, y: 0, w: side, h: side * 1.2 }, score: 0.9, landmarks: [] });

/** Looks at 640x480 at those times; the sides that were looked at, null where nobody looked. */
async function sides(times: number[], every: number, found: (side: number) => Detection[]): Promise<(number | null)[]> {
  const looks = new Looks();
  const seen: (number | null)[] = [];
  for (const time of times) {
    const now: number[] = [];
    await looks.find(time, 640, 480, every, async (side) => {
      now.push(side);
      return found(side);
    });
    seen.push(...(now.length ? now : [null]));
  }
  return seen;
}

test('a coarse look shows each face 24 pixels wide at least', () => {
  expect(coarseSide([face(200)], 640, 480)).toBe(160);
  expect(coarseSide([face(200), face(70)], 640, 480)).toBe(224);
  expect(coarseSide([face(20)], 640, 480)).toBe(320);
});

test('one full look a second, coarse ones between, none while faces may be taken to stay', async () => {
  const large = () => [face(200)];
  expect(await sides([0, 0.05, 0.1, 0.5, 1.0, 1.05, 1.1], 0.1, large)).toEqual([320, null, 160, 160, 320, null, 160]);
});

test('nobody there: every look is a full one', async () => {
  expect(await sides([0, 0.1, 0.2], 0, () => [])).toEqual([320, 320, 320]);
});

test('a face that a coarse look misses is looked for closely at once', async () => {
  expect(await sides([0, 0.1], 0, (side) => (side < 320 ? [] : [face(200)]))).toEqual([320, 160, 320]);
});

test('another camera or another clock begins anew', async () => {
  const looks = new Looks();
  const seen: number[] = [];
  const detect = async (side: number) => {
    seen.push(side);
    return [face(200)];
  };
  await looks.find(5, 640, 480, 1, detect);
  await looks.find(5.1, 1280, 720, 1, detect);
  await looks.find(3, 1280, 720, 1, detect);
  expect(seen).toEqual([320, 640, 640]);
});
