// Frames in, faces with emotions out. Runs in the worker, in Node and in the tests alike: ONNX Runtime is handed in.
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { argmax, EMOTIONS } from '../labels';
import type { Detection, Face, Grey, Picture } from '../types';
import { autoSide, CELL, decode } from './detector';
import type { EmotionContract } from './models';
import { align, detectorSize, detectorTensor, emotionTensor } from './preprocess';
import { unclear } from './quality';

export type Backend = 'wasm' | 'webgpu';

/** What is used of ONNX Runtime; every build of it has these. */
export interface Runtime {
  InferenceSession: { create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

export class Recognizer {
  private constructor(
    private readonly runtime: Runtime,
    private readonly detector: InferenceSession,
    private readonly classifier: InferenceSession,
    readonly contract: EmotionContract,
  ) {}

  static async create(
    runtime: Runtime,
    detector: Uint8Array,
    emotion: Uint8Array,
    contract: EmotionContract,
    backend: Backend = 'wasm',
  ): Promise<Recognizer> {
    const open = (model: Uint8Array, executionProvider: Backend) =>
      runtime.InferenceSession.create(model, {
        executionProviders: [executionProvider],
        graphOptimizationLevel: 'all',
      });
    // the emotion model computes in eight-bit integers, for which WebGPU has no kernels
    return new Recognizer(runtime, await open(detector, backend), await open(emotion, 'wasm'), contract);
  }

  /** Faces in a picture, the surest found first. */
  async recognize(frame: Picture): Promise<Face[]> {
    return this.classify(frame, await this.detect(frame));
  }

  /** side: of the longer side that the network sees. */
  async detect(frame: Picture, side = autoSide(frame.width, frame.height)): Promise<Detection[]> {
    const { width, height } = frame;
    const [w, h] = detectorSize(width, height, side);
    const tensor = new this.runtime.Tensor('float32', detectorTensor(frame, w, h), [1, 3, h, w]);
    const heads = await this.detector.run({ frame: tensor });
    const data = (name: string) => heads[name].data as Float32Array;
    return decode(
      {
        heatmap: data('heatmap'),
        scale: data('scale'),
        offset: data('offset'),
        landmarks: data('landmarks'),
        columns: w / CELL,
        rows: h / CELL,
      },
      [width / w, height / h],
      [width, height],
    );
  }

  /** The emotions of faces whose places are known. */
  async classify(frame: Picture, found: Detection[]): Promise<Face[]> {
    const { template, size, bar } = this.contract;
    const crops = found.map(({ landmarks }) => align(frame, landmarks, template, size));
    const all = await this.classifyCrops(crops);
    return found.map((detection, i) => {
      const probabilities = all[i];
      const best = argmax(probabilities);
      const confidence = probabilities[best];
      const reason = unclear(detection.box, detection.landmarks, crops[i], confidence, bar);
      return { ...detection, probabilities, confidence, unclear: reason, emotion: reason ? null : best };
    });
  }

  /** Probabilities `(8,)` of each grey crop, which has the model's size. */
  async classifyCrops(crops: Grey[]): Promise<Float32Array[]> {
    if (!crops.length) return [];
    const { size, mean, std, input, output, columns } = this.contract;
    const tensor = new this.runtime.Tensor('float32', emotionTensor(crops, mean, std), [crops.length, 1, size, size]);
    const rows = (await this.classifier.run({ [input]: tensor }, [output]))[output].data as Float32Array;
    return crops.map((_, n) => {
      const probabilities = new Float32Array(EMOTIONS.length);
      columns.forEach((index, i) => {
        probabilities[index] = rows[n * columns.length + i];
      });
      return probabilities;
    });
  }

  async release(): Promise<void> {
    await this.detector.release();
    await this.classifier.release();
  }
}
