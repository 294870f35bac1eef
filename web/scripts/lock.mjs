// package-lock.json without addresses: .npmrc leaves out those of the registry, this those of sponsors.
// `--check` only looks.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
for (const entry of Object.values(lock.packages)) delete entry.funding;
if (process.argv.includes('--check')) {
  if (/https?:\/\//.test(readFileSync(path, 'utf8'))) {
    console.error('package-lock.json holds addresses; run `npm run lock`.');
    process.exit(1);
  }
} else writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
