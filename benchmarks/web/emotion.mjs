// Milliseconds a face of emotion models in ONNX Runtime Web, on one thread of WASM under Node, taking turns, so that what
// else the machine does meets them alike: node benchmarks/web/emotion.mjs FILE.onnx [FILE.onnx ...]
import { readFileSync, statSync } from 'node:fs';
import * as ort from '../../web/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs';

const ROUNDS = 60;
const files = process.argv.slice(2);
ort.env.wasm.numThreads = 1;
const crop = new ort.Tensor(
  'float32',
  Float32Array.from({ length: 48 * 48 }, (_, i) => Math.sin(i)),
  [1, 1, 48, 48],
);
const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all' };
const sessions = [];
for (const file of files) sessions.push(await ort.InferenceSession.create(new Uint8Array(readFileSync(file)), options));
const times = files.map(() => []);
for (let round = 0; round < ROUNDS; round++) {
  for (const [i, session] of sessions.entries()) {
    const start = performance.now();
    await session.run({ crops: crop });
    times[i].push(performance.now() - start);
  }
}
for (const [i, file] of files.entries()) {
  const sorted = times[i].sort((a, b) => a - b);
  const size = (statSync(file).size / 1e6).toFixed(2);
  console.log(`${file}: ${size} MB, least ${sorted[0].toFixed(1)} ms, median ${sorted[ROUNDS / 2].toFixed(1)} ms`);
}
