// The engine's thread: pictures in, faces out.
import { expose } from 'comlink';
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import * as ort from 'onnxruntime-web/wasm';
import type { Face, Picture } from '../types';
import { better } from './backend';
import { Looks } from './looks';
import { emotionContract, fetchManifest, fetchModel } from './models';
import { type Backend, Recognizer } from './recognizer';

// one thread: more would need cross-origin isolation, in which the player could not be embedded
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm };

let base = '';
let recognizer: Recognizer | null = null;
let backend: Backend = 'wasm';
let canvas: OffscreenCanvas | null = null;
let context: OffscreenCanvasRenderingContext2D | null = null;
let picture: Picture | null = null;
let last: Promise<unknown> = Promise.resolve();
const looks = new Looks();

const engine = {
  /** progress: share of the bytes, 0 to 1. wanted: what proved faster on this device; WASM where it fails. */
  async load(from: string, wanted: Backend, progress: (share: number) => void): Promise<void> {
    base = from;
    if (wanted === 'webgpu') recognizer = await onGpu(progress).catch(() => null);
    backend = recognizer ? 'webgpu' : 'wasm';
    recognizer ??= await open(ort, 'wasm', progress);
  },

  /**
   * Faces in a picture, which is closed. time: seconds. detectEvery: seconds for which faces may be taken to stay
   * where they were found, so that only their expression is read. Pictures are read in the order in which they come.
   */
  read: (bitmap: ImageBitmap, time: number, detectEvery: number): Promise<Face[]> =>
    inTurn(() => read(bitmap, time, detectEvery)),

  /** Uses WebGPU from now on if it reads the last picture as WASM does, and faster. What is used then. */
  tryGpu,
};

function inTurn<T>(action: () => Promise<T>): Promise<T> {
  const done = last.catch(() => {}).then(action);
  last = done;
  return done;
}

async function open(
  runtime: typeof ort,
  kind: Backend,
  progress: (share: number) => void = () => {},
): Promise<Recognizer> {
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
  return Recognizer.create(runtime, one, other, emotionContract(emotion.manifest), kind);
}

async function onGpu(progress?: (share: number) => void): Promise<Recognizer> {
  const { runtime } = await import('./gpu');
  return open(runtime as typeof ort, 'webgpu', progress);
}

async function tryGpu(): Promise<Backend> {
  if (!recognizer || !picture || backend === 'webgpu') return backend;
  // not to be had without a network, and then nothing is known yet
  await import('./gpu');
  const rival = await onGpu().catch(() => null);
  // the first run compiles, which may take long: pictures are read on meanwhile
  await rival?.recognize(picture).catch(() => {});
  return inTurn(() => compare(rival));
}

async function compare(rival: Recognizer | null): Promise<Backend> {
  if (rival && recognizer && picture && (await better(rival, recognizer, picture).catch(() => false))) {
    const slower = recognizer;
    recognizer = rival;
    backend = 'webgpu';
    await slower.release();
  } else {
    await rival?.release();
    await forgetGpu();
  }
  return backend;
}

/** Its large file is not to stay on the device for nothing. */
async function forgetGpu(): Promise<void> {
  const { wasm } = await import('./gpu');
  for (const name of await caches.keys()) await (await caches.open(name)).delete(wasm);
}

async function read(bitmap: ImageBitmap, time: number, detectEvery: number): Promise<Face[]> {
  const seen = pixels(bitmap);
  if (!recognizer) throw new Error('The engine has not been loaded.');
  const reader = recognizer;
  picture = seen;
  const { width, height } = seen;
  const found = await looks.find(time, width, height, detectEvery, (side) => reader.detect(seen, side));
  return reader.classify(seen, found);
}

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
