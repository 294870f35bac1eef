// When to look for faces, and how closely. A look at the whole frame costs several times what reading one expression
// does; while every face is large, a coarse look finds it as well, and only a full one now and then is needed for
// faces that came in small. What that loses is measured in docs/benchmarks/web.md.
import type { Detection } from '../types';
import { autoSide } from './detector';
import { STRIDE } from './preprocess';

/** Seconds from one full look to the next. */
const FULL_SECONDS = 1;
/** A coarse look must still show each face so many pixels wide and high. */
const LEAST_FACE = 24;
const LEAST_SIDE = 160;

/** The longer side of a coarse look at a frame in which these faces are, at most that of a full one. */
export function coarseSide(faces: Detection[], width: number, height: number): number {
  const smallest = Math.min(...faces.map(({ box }) => Math.min(box.w, box.h)));
  const side = (LEAST_FACE * Math.max(width, height)) / Math.max(smallest, 1);
  const stepped = Math.ceil(Math.max(side, LEAST_SIDE) / STRIDE) * STRIDE;
  return Math.min(stepped, autoSide(width, height));
}

export class Looks {
  private faces: Detection[] = [];
  private at = Number.NEGATIVE_INFINITY;
  private fullAt = Number.NEGATIVE_INFINITY;
  private size = '';

  /**
   * The faces at that time, in seconds. every: how long faces are taken to stay where they were found. detect: looks
   * at the frame, brought to that longer side.
   */
  async find(
    time: number,
    width: number,
    height: number,
    every: number,
    detect: (side: number) => Promise<Detection[]>,
  ): Promise<Detection[]> {
    const size = `${width} ${height}`;
    // another camera, another clock: what was known is of no use
    if (size !== this.size || time < this.at) this.at = this.fullAt = Number.NEGATIVE_INFINITY;
    this.size = size;
    if (time - this.at < every) return this.faces;
    this.at = time;
    if (this.faces.length && time - this.fullAt < FULL_SECONDS) {
      const found = await detect(coarseSide(this.faces, width, height));
      // a face that is missed is looked for more closely at once
      if (found.length >= this.faces.length) {
        this.faces = found;
        return found;
      }
    }
    this.fullAt = time;
    this.faces = await detect(autoSide(width, height));
    return this.faces;
  }
}
