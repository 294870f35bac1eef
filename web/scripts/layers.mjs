// Which part of src may import which: every part knows those below it only, and no file imports itself by a detour,
// types included. `node scripts/layers.mjs` prints what breaks this, and fails.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From below to above; what stands in one line is side by side, and its parts may import one another. */
const LAYERS = [
  ['labels', 'types', 'paraglide', 'vite-env'],
  ['phrases'],
  ['vision', 'tracking', 'camera'],
  ['sinks', 'api'],
  ['sync', 'state', 'songs'],
  ['pages'],
  ['App', 'main', 'sw'],
];
/** Beside the layers: what draws, and knows no more than words and types. */
const ALONE = { ui: ['labels', 'types', 'paraglide'] };
/** vision, tracking and camera are to stand by themselves: they don't know one another either. */
const APART = new Set(['vision', 'tracking', 'camera']);
/** Still to be mended; a line that is needed no more fails too. */
const KNOWN = new Set(['sinks/journal.ts state/account.svelte.ts', 'sinks/journal.ts state/changes.ts']);

const source = fileURLToPath(new URL('../src', import.meta.url));
const part = (file) => file.split('/')[0].replace(/\..*$/, '');
const level = (name) => LAYERS.findIndex((layer) => layer.includes(name));

const files = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|svelte|js)$/.test(entry.name))
  .map((entry) => relative(source, join(entry.parentPath, entry.name)));
const known = new Set(files);

/** @returns {string[]} the files of src that a file imports. */
function imports(file) {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.[^'"]+)['"]/g)]
    .map(([, wanted]) => relative(source, resolve(source, dirname(file), wanted)))
    .flatMap((path) => ['', '.ts', '.svelte.ts'].map((end) => path + end).filter((path) => known.has(path)));
}
const graph = new Map(files.filter((file) => part(file) !== 'paraglide').map((file) => [file, imports(file)]));

function mayImport(from, to) {
  if (from === to) return true;
  if (from in ALONE) return ALONE[from].includes(to);
  // what draws is for the pages, and its words for what speaks to the person
  if (to in ALONE) return level(from) >= level('pages');
  if (APART.has(from) && APART.has(to)) return false;
  return level(to) <= level(from);
}

const faults = [];
const used = new Set();
for (const [file, targets] of graph) {
  if (!(part(file) in ALONE) && level(part(file)) < 0) faults.push(`src/${file} belongs to no layer`);
  for (const target of targets) {
    if (mayImport(part(file), part(target))) continue;
    const edge = `${file} ${target}`;
    if (KNOWN.has(edge)) used.add(edge);
    else faults.push(`src/${file} must not import src/${target}`);
  }
}
for (const edge of KNOWN) if (!used.has(edge)) faults.push(`no longer needed among the known ones: ${edge}`);

const state = new Map();
function walk(file, path) {
  if (state.get(file) === 'done') return;
  if (state.get(file) === 'open') {
    faults.push(`a circle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
    return;
  }
  state.set(file, 'open');
  for (const target of graph.get(file) ?? []) walk(target, [...path, file]);
  state.set(file, 'done');
}
for (const file of graph.keys()) walk(file, []);

if (faults.length) {
  console.error(`Imports go the wrong way:\n  ${faults.join('\n  ')}`);
  process.exit(1);
}
