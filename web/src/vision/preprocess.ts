// From frames to what the networks see, as preprocess.py does it: one resampler (area filter when both sides shrink,
// bilinear otherwise), BT.601 grey. The browser's own resizing is not used: it differs between browsers.
import type { Grey, Picture, Point } from '../types';

export const STRIDE = 32;
export const MAX_TAPS = 8;

/** For each output place: the first source place, how many, and their weights (which sum to 1). */
interface Taps {
  first: Int32Array;
  count: Int32Array;
  weights: Float32Array;
  most: number;
}

function taps(from: number, to: number, area: boolean): Taps {
  const scale = from / to;
  const most = area ? Math.ceil(scale) + 2 : 2;
  const out: Taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float32Array(to * most),
    most,
  };
  for (let i = 0; i < to; i++) {
    if (area) {
      const start = i * scale;
      const end = Math.min(start + scale, from);
      const first = Math.min(Math.floor(start + 1e-9), from - 1);
      let count = 0;
      for (let s = first; s < end - 1e-9 && count < most; s++) {
        out.weights[i * most + count++] = (Math.min(s + 1, end) - Math.max(s, start)) / (end - start);
      }
      out.first[i] = first;
      out.count[i] = count;
    } else {
      // half-pixel centres; beyond the edge the edge pixel counts
      const at = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
      const first = Math.min(Math.floor(at), Math.max(from - 2, 0));
      out.first[i] = first;
      out.count[i] = from > 1 ? 2 : 1;
      out.weights[i * most] = from > 1 ? 1 - (at - first) : 1;
      out.weights[i * most + 1] = at - first;
    }
  }
  return out;
}

const kept = new Map<string, Taps>();

function tapsFor(from: number, to: number, area: boolean): Taps {
  const key = `${from} ${to} ${area}`;
  let found = kept.get(key);
  if (!found) {
    if (kept.size > 16) kept.clear();
    found = taps(from, to, area);
    kept.set(key, found);
  }
  return found;
}

/**
 * Planes `(channels, height, width)` of whole numbers from 0 to 255, of interleaved pixels with `step` bytes each, of
 * which the first `channels` count.
 */
export function resample(
  data: ArrayLike<number>,
  fromWidth: number,
  fromHeight: number,
  step: number,
  channels: number,
  width: number,
  height: number,
): Float32Array<ArrayBuffer> {
  const area = width <= fromWidth && height <= fromHeight;
  const across = tapsFor(fromWidth, width, area);
  const down = tapsFor(fromHeight, height, area);
  const out = new Float32Array(channels * width * height);
  const plane = width * height;
  // each source row is shrunk once; two output rows may share one
  const rows = new Map<number, Float32Array>();
  const spare: Float32Array[] = [];
  const sum = new Float32Array(width * channels);
  for (let y = 0; y < height; y++) {
    const top = down.first[y];
    for (const [at, row] of rows) {
      if (at < top) {
        rows.delete(at);
        spare.push(row);
      }
    }
    sum.fill(0);
    for (let k = 0; k < down.count[y]; k++) {
      let row = rows.get(top + k);
      if (!row) {
        row = spare.pop() ?? new Float32Array(width * channels);
        shrinkRow(data, (top + k) * fromWidth * step, step, channels, across, row);
        rows.set(top + k, row);
      }
      const weight = down.weights[y * down.most + k];
      for (let i = 0; i < sum.length; i++) sum[i] += weight * row[i];
    }
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) out[c * plane + y * width + x] = Math.round(sum[x * channels + c]);
    }
  }
  return out;
}

function shrinkRow(
  data: ArrayLike<number>,
  start: number,
  step: number,
  channels: number,
  across: Taps,
  row: Float32Array,
): void {
  const { first, count, weights, most } = across;
  for (let x = 0; x < first.length; x++) {
    for (let c = 0; c < channels; c++) {
      let value = 0;
      let at = start + first[x] * step + c;
      for (let k = 0; k < count[x]; k++, at += step) value += weights[x * most + k] * data[at];
      row[x * channels + c] = value;
    }
  }
}

/** Width and height for the detector: the longer side brought to `longest`, both rounded up to `STRIDE`. */
export function detectorSize(width: number, height: number, longest: number): [number, number] {
  const scale = longest / Math.max(width, height);
  const toStride = (side: number) => Math.max(STRIDE, Math.ceil(side / STRIDE - 1e-6) * STRIDE);
  return [toStride(width * scale), toStride(height * scale)];
}

/** `(1, 3, height, width)`, RGB, 0 to 255. */
export function detectorTensor(frame: Picture, width: number, height: number): Float32Array<ArrayBuffer> {
  return resample(frame.data, frame.width, frame.height, 4, 3, width, height);
}

/** OpenCV's fixed-point BT.601. */
export function greyOf(red: number, green: number, blue: number): number {
  return (9798 * red + 19235 * green + 3735 * blue + 16384) >> 15;
}

/** `[a, b, tx, ty]` of x' = ax - by + tx, y' = bx + ay + ty: least squares without reflection (Umeyama 1991). */
export function similarity(source: Point[], target: Point[]): [number, number, number, number] {
  const mean = (points: Point[], axis: 0 | 1) => points.reduce((sum, p) => sum + p[axis], 0) / points.length;
  const [sx, sy, dx, dy] = [mean(source, 0), mean(source, 1), mean(target, 0), mean(target, 1)];
  let spread = 0;
  let along = 0;
  let turned = 0;
  for (let i = 0; i < source.length; i++) {
    const [x, y] = [source[i][0] - sx, source[i][1] - sy];
    const [u, v] = [target[i][0] - dx, target[i][1] - dy];
    spread += x * x + y * y;
    along += x * u + y * v;
    turned += x * v - y * u;
  }
  const [a, b] = spread < 1e-9 ? [1, 0] : [along / spread, turned / spread];
  return [a, b, dx - (a * sx - b * sy), dy - (b * sx + a * sy)];
}

/**
 * The face as grey `(size, size)`: its five landmarks brought to the template's places. Each crop pixel is the mean
 * of k x k bilinear samples, k being how many frame pixels it spans; outside the frame the nearest edge pixel counts.
 */
export function align(frame: Picture, landmarks: Point[], template: Point[], size: number): Grey {
  const [a, b, tx, ty] = similarity(landmarks, template);
  const scale = Math.max(Math.hypot(a, b), 1e-6);
  const k = Math.min(MAX_TAPS, Math.max(1, Math.ceil(1 / scale - 1e-6)));
  // the inverse: crop to frame
  const [ia, ib] = [a / scale ** 2, -b / scale ** 2];
  const [ix, iy] = [-(ia * tx - ib * ty), -(ib * tx + ia * ty)];
  const fine = new Float32Array(size * k * size * k);
  for (let v = 0, at = 0; v < size * k; v++) {
    const y = (v + 0.5) / k - 0.5;
    for (let u = 0; u < size * k; u++, at++) {
      const x = (u + 0.5) / k - 0.5;
      fine[at] = sample(frame, ia * x - ib * y + ix, ib * x + ia * y + iy);
    }
  }
  const data = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let v = 0; v < k; v++) for (let u = 0; u < k; u++) sum += fine[(y * k + v) * size * k + x * k + u];
      data[y * size + x] = Math.round(sum / (k * k));
    }
  }
  return { data, width: size, height: size };
}

function sample({ data, width, height }: Picture, x: number, y: number): number {
  const grey = (px: number, py: number) => {
    const cx = px < 0 ? 0 : px >= width ? width - 1 : px;
    const cy = py < 0 ? 0 : py >= height ? height - 1 : py;
    const at = (cy * width + cx) * 4;
    return greyOf(data[at], data[at + 1], data[at + 2]);
  };
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - left, y - top];
  const upper = grey(left, top) * (1 - fx) + grey(left + 1, top) * fx;
  const lower = grey(left, top + 1) * (1 - fx) + grey(left + 1, top + 1) * fx;
  return Math.round(upper * (1 - fy) + lower * fy);
}

/** `(n, 1, h, w)`: (grey / 255 - mean) / std. */
export function emotionTensor(crops: Grey[], mean: number, std: number): Float32Array<ArrayBuffer> {
  const each = crops.length ? crops[0].data.length : 0;
  const out = new Float32Array(crops.length * each);
  crops.forEach(({ data }, n) => {
    for (let i = 0; i < each; i++) out[n * each + i] = (data[i] - 255 * mean) / (255 * std);
  });
  return out;
}
