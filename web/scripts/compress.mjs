// Brotli and gzip beside every file that gains by it, so that no server compresses 14 MB of WASM for each visitor.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
for (const name of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|mjs|css|html|svg|json|webmanifest|wasm)$/.test(name)) continue;
  const file = new URL(name, dist);
  const content = readFileSync(file);
  const params = {
    // the highest takes half a minute for the WASM and saves 8 % of it
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  for (const [ending, packed] of [['br', brotliCompressSync(content, { params })], ['gz', gzipSync(content, { level: 9 })]]) {
    if (packed.length < content.length * 0.95) writeFileSync(new URL(`${name}.${ending}`, dist), packed);
  }
}
