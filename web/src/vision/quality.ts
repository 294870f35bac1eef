// When a face is not read, as quality.py decides it.
import type { Box, Grey, Point, Unclear } from '../types';

export const MIN_SIDE = 20;
export const MAX_TURN = 0.42;
export const MIN_SHARPNESS = 0.006;

/** The first reason why this face is not read, or null. */
export function unclear(box: Box, landmarks: Point[], crop: Grey, confidence: number, bar: number): Unclear | null {
  if (Math.min(box.w, box.h) < MIN_SIDE) return 'small';
  if (sharpness(crop) < MIN_SHARPNESS) return 'blurred';
  if (turn(landmarks) > MAX_TURN) return 'turned';
  return confidence < bar ? 'unsure' : null;
}

/** How far the nose lies from the middle between the eyes, along their line, in distances of the eyes. */
export function turn([left, right, nose]: Point[]): number {
  const [x, y] = [right[0] - left[0], right[1] - left[1]];
  const squared = x * x + y * y;
  if (squared < 1e-6) return Number.POSITIVE_INFINITY;
  return Math.abs(((nose[0] - left[0]) * x + (nose[1] - left[1]) * y) / squared - 0.5);
}

/** Mean squared four-neighbour Laplacian over 16 times the variance; 0 where the crop is flat. */
export function sharpness({ data, width, height }: Grey): number {
  let mean = 0;
  for (const value of data) mean += value;
  mean /= data.length;
  let variance = 0;
  for (const value of data) variance += (value - mean) ** 2;
  variance /= data.length;
  if (variance < 1) return 0;
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      sum += (data[at - 1] + data[at + 1] + data[at - width] + data[at + width] - 4 * data[at]) ** 2;
    }
  }
  return sum / ((width - 2) * (height - 2)) / (16 * variance);
}
