// The film for the fake camera, made from a real face.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { film } from '../../playwright.config';

export default function setup(): void {
  const venv = fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));
  const python = process.env.FEELING_PYTHON ?? (existsSync(venv) ? venv : 'python3');
  mkdirSync(dirname(film), { recursive: true });
  execFileSync(python, [fileURLToPath(new URL('../../scripts/fake_camera.py', import.meta.url)), film]);
}
