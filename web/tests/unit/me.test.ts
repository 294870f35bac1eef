import { expect, test } from 'vitest';
import { Me } from '../../src/tracking/me';

const face = (x: number, size: number) => ({ box: { x, y: 0, w: size, h: size } });

test('the largest face counts until one is chosen', () => {
  const me = new Me();
  const [large, small] = [face(0, 200), face(400, 100)];
  expect(me.find([], 0)).toBeNull();
  expect(me.find([small, large], 0)).toBe(large);
  me.choose(small.box, 0);
  expect(me.find([large, small], 0.1)).toBe(small);
  me.forget();
  expect(me.find([large, small], 0.2)).toBe(large);
});

test('a chosen face is followed as it moves', () => {
  const me = new Me();
  me.choose(face(400, 100).box, 0);
  for (let x = 400, time = 0; x > 220; x -= 60, time += 0.1) {
    const mine = face(x, 100);
    expect(me.find([face(0, 200), mine], time)).toBe(mine);
  }
});

test('a chosen face that comes back to where it was still counts', () => {
  const me = new Me();
  const mine = face(400, 100);
  me.choose(mine.box, 0);
  for (let time = 1; time < 60; time++) expect(me.find([], time)).toBeNull();
  expect(me.find([face(0, 200), mine], 60)).toBe(mine);
});

test('while the chosen face is gone nobody counts, then the largest', () => {
  const me = new Me();
  const other = face(0, 200);
  const mine = face(400, 100);
  me.choose(mine.box, 0);
  expect(me.find([other], 1)).toBeNull();
  expect(me.find([other, mine], 2)).toBe(mine);
  expect(me.find([other], 4.9)).toBeNull();
  expect(me.find([other], 5.1)).toBe(other);
  expect(me.find([other, mine], 5.2)).toBe(other);
});
