// CenterFace (Xu et al. 2019): raw heads to faces, as detector.py does it.
import type { Box, Detection, Point } from '../types';

export const CELL = 4;
export const OVERLAP = 0.3;
export const THRESHOLD = 0.4;
const MIN_SIDE = 320;
const MAX_SIDE = 960;

/** Half the frame's longer side, within bounds: a face of 1/20 of the frame is still found. */
export function autoSide(width: number, height: number): number {
  return Math.min(Math.max(Math.floor(Math.max(width, height) / 2), MIN_SIDE), MAX_SIDE);
}

export interface Heads {
  heatmap: ArrayLike<number>;
  scale: ArrayLike<number>;
  offset: ArrayLike<number>;
  landmarks: ArrayLike<number>;
  /** Cells across and down. */
  columns: number;
  rows: number;
}

/** Faces, the surest first. zoom: frame pixels per tensor pixel; size: of the frame, to which boxes are clipped. */
export function decode(heads: Heads, zoom: Point, size: Point, threshold = THRESHOLD): Detection[] {
  const { heatmap, scale, offset, landmarks, columns, rows } = heads;
  const plane = columns * rows;
  const found: { box: Box; score: number; cell: number }[] = [];
  for (let cell = 0; cell < plane; cell++) {
    if (!(heatmap[cell] > threshold)) continue;
    const h = Math.exp(scale[cell]) * CELL;
    const w = Math.exp(scale[plane + cell]) * CELL;
    const y = (Math.floor(cell / columns) + offset[cell] + 0.5) * CELL - h / 2;
    const x = ((cell % columns) + offset[plane + cell] + 0.5) * CELL - w / 2;
    const box = { x: x * zoom[0], y: y * zoom[1], w: w * zoom[0], h: h * zoom[1] };
    found.push({ box, score: heatmap[cell], cell });
  }
  return suppress(found)
    .map(({ box, score, cell }) => {
      const marks: Point[] = [];
      for (let i = 0; i < 5; i++) {
        // stored as y, x within the box
        const [down, across] = [landmarks[2 * i * plane + cell], landmarks[(2 * i + 1) * plane + cell]];
        marks.push([box.x + across * box.w, box.y + down * box.h]);
      }
      return { box: clip(box, size), score, landmarks: marks };
    })
    .filter(({ box }) => box.w >= 1 && box.h >= 1);
}

/** The part inside a frame of that size: never a negative length. */
export function clip(box: Box, [width, height]: Point): Box {
  const x = Math.min(Math.max(box.x, 0), width);
  const y = Math.min(Math.max(box.y, 0), height);
  const right = Math.min(Math.max(box.x + box.w, x), width);
  const bottom = Math.min(Math.max(box.y + box.h, y), height);
  return { x, y, w: right - x, h: bottom - y };
}

/** Greedy non-maximum suppression, the surest first. */
function suppress<T extends { box: Box; score: number }>(found: T[]): T[] {
  const left = [...found].sort((p, q) => q.score - p.score);
  const stay: T[] = [];
  for (const one of left) if (stay.every((best) => !overlaps(best.box, one.box))) stay.push(one);
  return stay;
}

function overlaps(p: Box, q: Box): boolean {
  const w = Math.max(Math.min(p.x + p.w, q.x + q.w) - Math.max(p.x, q.x), 0);
  const h = Math.max(Math.min(p.y + p.h, q.y + q.h) - Math.max(p.y, q.y), 0);
  return w * h > OVERLAP * (p.w * p.h + q.w * q.h - w * h);
}
