// The model files and their contracts as data, from /models/manifest.json: nothing is guessed from a file's name.
import { EMOTIONS } from '../labels';
import type { Point } from '../types';

export interface ModelRow {
  name: string;
  precision: string;
  sha256: string;
  bytes: number;
  manifest: Record<string, unknown>;
}

export interface EmotionContract {
  size: number;
  mean: number;
  std: number;
  input: string;
  output: string;
  /** For each column of the model's output, the index in `EMOTIONS`. */
  columns: number[];
  template: Point[];
  bar: number;
}

/** What went wrong on the way to a model, as a message key for people. */
export class ModelError extends Error {
  override name = 'ModelError';
}

export async function fetchManifest(base: string): Promise<{ detector: ModelRow; emotion: ModelRow }> {
  const response = await fetch(`${base}models/manifest.json`).catch((error) => {
    throw new ModelError(`The list of models can't be reached: ${error}`);
  });
  if (!response.ok) throw new ModelError(`The list of models answered ${response.status}.`);
  const rows = ((await response.json()) as { models: ModelRow[] }).models;
  const emotion = rows.find((row) => row.name === 'emotion');
  // 0.38 of the size; what it costs is in docs/benchmarks/web.md
  const detector = ['int12', 'float32']
    .map((precision) => rows.find((row) => row.name === 'detector' && row.precision === precision))
    .find(Boolean);
  if (!emotion || !detector) throw new ModelError('The list of models names no detector or no emotion model.');
  return { detector, emotion };
}

/** The file's bytes, checked against its sha256. progress: bytes read so far. */
export async function fetchModel(base: string, row: ModelRow, progress?: (bytes: number) => void): Promise<Uint8Array> {
  const response = await fetch(`${base}models/${row.sha256}.onnx`).catch((error) => {
    throw new ModelError(`The model ${row.name} can't be reached: ${error}`);
  });
  if (!response.ok || !response.body) throw new ModelError(`The model ${row.name} answered ${response.status}.`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    progress?.(length);
  }
  const content = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.length;
  }
  // absent on plain HTTP from another device, where there is no camera either
  if (globalThis.crypto?.subtle) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    if (hex !== row.sha256) throw new ModelError(`The model ${row.name} arrived damaged.`);
  }
  return content;
}

interface EmotionManifest {
  input: { name: string; size: [number, number]; mean: number; std: number };
  output: { name: string; labels: string[] };
  crop: { landmarks: Point[] };
  unclear: { confidence: number };
}

export function emotionContract(manifest: Record<string, unknown>): EmotionContract {
  const { input, output, crop, unclear } = manifest as unknown as EmotionManifest;
  const columns = output.labels.map((label) => EMOTIONS.findIndex((e) => e.name === label));
  if (columns.includes(-1)) throw new ModelError(`The emotion model names unknown labels: ${output.labels}.`);
  return {
    size: input.size[0],
    mean: input.mean,
    std: input.std,
    input: input.name,
    output: output.name,
    columns,
    template: crop.landmarks,
    bar: unclear.confidence,
  };
}
