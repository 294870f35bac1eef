// Brotli and gzip beside every file that gains by it, so that no server compresses 14 MB of WASM for each visitor.
// What was compressed once is kept by its content: the WASM takes half a minute.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const cache = new URL('../.cache/packed/', import.meta.url);
mkdirSync(cache, { recursive: true });

const brotli = (content) => {
  // the WASM of WebGPU is loaded by few, and would take minutes at the highest
  const quality = content.length > 20e6 ? 9 : 11;
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  return brotliCompressSync(content, { params });
};
const gzip = (content) => gzipSync(content, { level: 9 });

for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|mjs|css|html|svg|json|webmanifest|wasm)$/.test(name)) continue;
  const content = readFileSync(new URL(name, dist));
  const hash = createHash('sha256').update(content).digest('hex');
  for (const [ending, pack] of Object.entries({ br: brotli, gz: gzip })) {
    const kept = new URL(`${hash}.${ending}`, cache);
    if (!existsSync(kept)) writeFileSync(kept, pack(content));
    const packed = readFileSync(kept);
    if (packed.length < content.length * 0.95) writeFileSync(new URL(`${name}.${ending}`, dist), packed);
  }
}
