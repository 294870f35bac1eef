// Which of several faces is the person's own.
import type { Box } from '../types';

/** How far, in sizes of the face, its centre may have gone since it was seen last. */
const REACH = 1;
/** For so long nobody counts when the chosen face is gone: what others show is not the person's. */
const LOST_SECONDS = 3;

const area = ({ w, h }: Box): number => w * h;

export class Me {
  /** Where the chosen face was last; null: none is chosen. */
  private box: Box | null = null;
  private seen = 0;

  /** Says that the face in this box is the person's. */
  choose(box: Box, time: number): void {
    this.box = box;
    this.seen = time;
  }

  /** From now on the largest face counts. */
  forget(): void {
    this.box = null;
  }

  /** The face that was chosen as long as it is in view or was a moment ago, else the largest. Times are seconds. */
  find<T extends { box: Box }>(faces: T[], time: number): T | null {
    const { box } = this;
    if (box) {
      const near = best(faces, (face) => -distance(face.box, box));
      if (near && distance(near.box, box) <= REACH) {
        this.choose(near.box, time);
        return near;
      }
      // where nobody is, nobody else is taken for the person
      if (!faces.length || time - this.seen < LOST_SECONDS) return null;
      this.forget();
    }
    return best(faces, (face) => area(face.box));
  }
}

function best<T>(all: T[], worth: (one: T) => number): T | null {
  return all.reduce<T | null>((first, one) => (first === null || worth(one) > worth(first) ? one : first), null);
}

/** Between the centres, in sizes of the faces. */
function distance(p: Box, q: Box): number {
  const size = (Math.sqrt(area(p)) + Math.sqrt(area(q))) / 2;
  return Math.hypot(p.x + p.w / 2 - q.x - q.w / 2, p.y + p.h / 2 - q.y - q.h / 2) / Math.max(size, 1);
}
