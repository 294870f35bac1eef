// The face of the client: Pretendard (SIL OFL), cut down to the characters that the messages use, Latin whole.
// Other characters (song titles, notes) come from the package's own pieces, which load only when they are shown.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import subsetFont from 'subset-font';

const at = (path) => new URL(`../${path}`, import.meta.url);
const text =
  readdirSync(at('messages'))
    .map((file) => readFileSync(at(`messages/${file}`), 'utf8'))
    .join('') + ['labels', 'phrases'].map((name) => readFileSync(at(`../contracts/${name}.json`), 'utf8')).join('');
const points = new Set([...text].map((c) => c.codePointAt(0)).filter((p) => p > 0x2000 && p < 0x10000));
for (let p = 0x20; p < 0x180; p++) if (p < 0x7f || p > 0x9f) points.add(p);
const wanted = [...points].sort((a, b) => a - b);
const name = createHash('sha256').update(wanted.join()).digest('hex').slice(0, 12);
const folder = at('src/ui/font/');
const file = new URL(`pretendard-${name}.woff2`, folder);
mkdirSync(folder, { recursive: true });
if (!existsSync(file)) {
  const whole = readFileSync(at('node_modules/pretendard/dist/public/variable/PretendardVariable.ttf'));
  const small = await subsetFont(whole, String.fromCodePoint(...wanted), { targetFormat: 'woff2' });
  writeFileSync(file, small);
}
const ranges = wanted.map((p) => `U+${p.toString(16)}`).join(', ');
writeFileSync(
  new URL('font.css', folder),
  `@font-face {
  font-family: "Pretendard UI";
  font-weight: 45 920;
  font-display: swap;
  src: url("./pretendard-${name}.woff2") format("woff2");
  unicode-range: ${ranges};
}
`,
);
