// The records that pass between the stages, as in types.py. Coordinates are pixels of the frame, times seconds.

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export type Point = [x: number, y: number];

export type Unclear = 'small' | 'blurred' | 'turned' | 'unsure';

/** RGBA picture, as a canvas gives it. */
export interface Picture {
  data: Uint8ClampedArray | Uint8Array;
  width: number;
  height: number;
}

/** One byte a pixel. */
export interface Grey {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A face found; landmarks are left eye, right eye, nose, mouth corners (as the picture shows them). */
export interface Detection {
  box: Box;
  score: number;
  landmarks: Point[];
}

/** probabilities: in the order of `EMOTIONS`. emotion: index of the most probable, null where `unclear` says why. */
export interface Face extends Detection {
  probabilities: Float32Array;
  emotion: number | null;
  confidence: number;
  unclear: Unclear | null;
}

/** A face with its time, its id from 1, and its smoothed values. label: the steady emotion's index, or null. */
export interface Reading extends Face {
  time: number;
  trackId: number;
  smoothed: Float32Array;
  label: number | null;
}
