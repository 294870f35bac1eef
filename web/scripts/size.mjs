// What a first visit loads, packed, models included: the tests fail when it is more than was promised. `--list` prints
// every part. Not counted is what few or no first visits load: WebGPU, and letters that no message uses.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { models } from './models.mjs';

const MOST = 10_000_000;
const LATER = /PretendardVariable\.subset|asyncify|\/gpu-|\.(br|gz|map)$/;
const dist = new URL('../dist/', import.meta.url);

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`)
  .filter((path) => !LATER.test(path));
const parts = files.map((path) => ({
  name: path.slice(fileURLToPath(dist).length),
  bytes: statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size,
}));
for (const name of ['detector', 'emotion']) {
  const rows = models().filter((row) => row.name === name);
  parts.push({ name: `${name}.onnx`, bytes: Math.min(...rows.map((row) => row.bytes)) });
}
const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
if (process.argv.includes('--list')) {
  for (const { name, bytes } of parts.sort((p, q) => q.bytes - p.bytes)) console.log(String(bytes).padStart(9), name);
  console.log(String(total).padStart(9), 'in all');
}
if (total > MOST) {
  console.error(`A first visit loads ${total} bytes, more than ${MOST}; see \`node scripts/size.mjs --list\`.`);
  process.exit(1);
}
