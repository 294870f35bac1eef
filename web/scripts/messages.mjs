// Every language has the same messages with the same placeholders: Paraglide would fall back to English in silence.
import { readFileSync } from 'node:fs';

const read = (locale) => JSON.parse(readFileSync(new URL(`../messages/${locale}.json`, import.meta.url), 'utf8'));
const holes = (text) =>
  [...String(text).matchAll(/\{(\w+)\}/g)]
    .map((match) => match[1])
    .sort()
    .join();
const [en, ko] = [read('en'), read('ko')];
const faults = [];
for (const key of new Set([...Object.keys(en), ...Object.keys(ko)])) {
  if (key === '$schema') continue;
  if (!(key in en)) faults.push(`${key} is missing in en.json`);
  else if (!(key in ko)) faults.push(`${key} is missing in ko.json`);
  else if (!en[key] || !ko[key]) faults.push(`${key} is empty`);
  else if (holes(en[key]) !== holes(ko[key])) faults.push(`${key} has other placeholders in ko.json`);
}
if (faults.length) {
  console.error(`Messages differ:\n  ${faults.join('\n  ')}`);
  process.exit(1);
}
