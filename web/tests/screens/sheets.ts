// Puts the screens of a language and a size beside each other, small enough to be shown in the documentation.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export default function teardown(): void {
  const venv = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));
  const python = process.env.FEELING_PYTHON ?? (existsSync(venv) ? venv : 'python3');
  execFileSync(python, [fileURLToPath(new URL('./sheets.py', import.meta.url))], { stdio: 'inherit' });
}
