// ONNX Runtime with WebGPU. Imported only where a browser has it: its WASM is twice as large as the plain one.
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm };

export { ort as runtime, wasm };
