// The client's types from contracts/openapi.json. `--check` fails when the committed ones are stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const contract = new URL(process.env.OPENAPI ?? '../../contracts/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);
if (!existsSync(contract)) {
  console.error('contracts/openapi.json is missing; make it with `make contracts`.');
  process.exit(1);
}
const types = `// Generated from contracts/openapi.json by \`npm run api\`; do not edit.\n${astToString(await openapiTS(contract))}`;
if (!process.argv.includes('--check')) writeFileSync(target, types);
else if (readFileSync(target, 'utf8') !== types) {
  console.error('src/api/schema.d.ts is stale; run `npm run api`.');
  process.exit(1);
}
