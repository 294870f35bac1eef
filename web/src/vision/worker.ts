// The engine's thread: pictures in, faces out.
import { expose } from 'comlink';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import type { Detection, Face, Picture } from '../types';
import { emotionContract, fetchManifest, fetchModel } from './models';
import { Recognizer } from './recognizer';

// one thread: more would need cross-origin isolation, in which the player could not be embedded
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm };

let recognizer: Recognizer | null = null;
let canvas: OffscreenCanvas | null = null;
let context: OffscreenCanvasRenderingContext2D | null = null;
let found: Detection[] = [];
let foundAt = Number.NEGATIVE_INFINITY;

const engine = {
  /** progress: share of the bytes, 0 to 1. */
  async load(base: string, progress: (share: number) => void): Promise<void> {
    const { detector, emotion } = await fetchManifest(base);
    const total = detector.bytes + emotion.bytes;
    const done = new Map<string, number>();
    const count = (name: string) => (bytes: number) => {
      done.set(name, bytes);
      progress([...done.values()].reduce((sum, n) => sum + n, 0) / total);
    };
    const [one, other] = await Promise.all([
      fetchModel(base, detector, count('detector')),
      fetchModel(base, emotion, count('emotion')),
    ]);
    recognizer = await Recognizer.create(ort, one, other, emotionContract(emotion.manifest));
  },

  /**
   * Faces in a picture, which is closed. time: seconds. detectEvery: seconds for which faces may be taken to stay
   * where they were found, so that only their expression is read.
   */
  async read(bitmap: ImageBitmap, time: number, detectEvery: number): Promise<Face[]> {
    if (!recognizer) throw new Error('The engine has not been loaded.');
    const picture = pixels(bitmap);
    if (time - foundAt >= detectEvery || time < foundAt) {
      found = await recognizer.detect(picture);
      foundAt = time;
    }
    return recognizer.classify(picture, found);
  },
};

function pixels(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  if (!canvas || !context || canvas.width !== width || canvas.height !== height) {
    canvas = new OffscreenCanvas(width, height);
    context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('This browser gives no canvas to a worker.');
  }
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

export type Engine = typeof engine;
expose(engine);
